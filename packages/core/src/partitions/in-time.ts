import type { Clock } from '../clock.ts'
import { MqError } from '../errors.ts'

/** Longer than calls take where nothing is wrong, ms: after that others are not kept waiting. */
export const STALLED_MS = 500

/** What the call answers, unless it takes too long: then undefined, and it goes on. */
export function inTime<T>(clock: Clock, call: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(() => resolve(undefined), STALLED_MS)
    call.then(
      (answer) => {
        timer.cancel()
        resolve(answer)
      },
      (thrown: unknown) => {
        timer.cancel()
        reject(thrown)
      },
    )
  })
}

/** For whoever cannot go on without its answer. */
export function stalled(): MqError {
  return new MqError('unavailable', 'a partition of the queue did not answer in time')
}
