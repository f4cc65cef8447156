import type { Recorder } from '../history/recorder.ts'
import type { Host } from './host.ts'

/** Records what this process uses: now, at intervals, and when it is stopped. */
export function watchUsage(recorder: Recorder, host: Host, everyMs = 5_000): { stop(): void } {
  const look = (when: 'begin' | 'meanwhile' | 'end'): void => recorder.write({ ev: 'usage', when, ...host.usage() })
  look('begin')
  const timer = setInterval(() => look('meanwhile'), everyMs)
  return {
    stop() {
      clearInterval(timer)
      look('end')
    },
  }
}
