import type { Recorder } from '../history/recorder.ts'

const LOOK_EVERY_MS = 50

/**
 * Writes down when this process got no CPU, or did not give any to its timers, for half a lease: to a queue that is a
 * fault.
 */
export function watchStalls(recorder: Recorder, leaseMs: number): { stop(): void } {
  let last = recorder.now()
  const timer = setInterval(() => {
    const now = recorder.now()
    if (now - last > leaseMs / 2) recorder.write({ ev: 'stall', from: last, until: now })
    last = now
  }, LOOK_EVERY_MS)
  return { stop: () => clearInterval(timer) }
}
