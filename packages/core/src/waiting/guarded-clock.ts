import { systemClock } from '../clock.ts'
import type { Clock, Timer } from '../clock.ts'
import { toError } from '../errors.ts'

/**
 * Wraps a caller's clock. One that throws, or returns a value that is not a time, must not end a loop: the system's
 * time continues from the last time that the clock returned, and the system's timers fire. `report` gets the first
 * failure.
 */
export function guardedClock(clock: Clock, report: (error: Error) => void): Clock {
  if (clock === systemClock) return clock
  let last = 0
  /** The system's time when the clock failed, until it works again. */
  let failedAt: number | undefined
  let isReported = false

  const failed = (thrown: unknown): void => {
    if (isReported) return
    isReported = true
    report(new Error('the clock failed: the time of the system is used instead', { cause: toError(thrown) }))
  }

  const answerOf = (): number | undefined => {
    try {
      const now: unknown = clock.now()
      if (typeof now === 'number' && Number.isFinite(now)) return now
      failed(new TypeError('now() did not answer a number'))
    } catch (thrown) {
      failed(thrown)
    }
    return undefined
  }

  return {
    now() {
      const now = answerOf()
      if (now !== undefined) {
        failedAt = undefined
        return (last = now)
      }
      const system = systemClock.now()
      failedAt ??= system
      return last + system - failedAt
    },

    schedule(callback, delayMs) {
      let isOver = false
      // A clock that set the timer and then threw would fire it in addition to the system's.
      const once = (): void => {
        if (isOver) return
        isOver = true
        callback()
      }
      let timer: Timer
      try {
        timer = clock.schedule(once, delayMs)
      } catch (thrown) {
        failed(thrown)
        timer = systemClock.schedule(once, delayMs)
      }
      return {
        cancel() {
          isOver = true
          try {
            timer.cancel()
          } catch (thrown) {
            failed(thrown)
          }
        },
      }
    },
  }
}
