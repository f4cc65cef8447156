import type { Recorder } from '../history/recorder.ts'
import type { Host } from './host.ts'

const LOOK_EVERY_MS = 5_000

/** Writes down now and then what this process uses. */
export function watchUsage(recorder: Recorder, host: Host): { stop(): void } {
  const look = (): void => recorder.write({ ev: 'usage', when: 'meanwhile', ...host.usage() })
  const timer = setInterval(look, LOOK_EVERY_MS)
  return { stop: () => clearInterval(timer) }
}
