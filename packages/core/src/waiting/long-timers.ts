import type { Clock, Timer } from '../clock.ts'

/** The longest delay of a timer of Node (2³¹ − 1 ms, 24.8 days); a longer one would fire at once. */
const MOST_MS = 2_147_483_647

/** The clock, with timers of any length: a long one is set again until its time has come. */
export function withLongTimers(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    schedule(callback, delayMs) {
      if (!(delayMs > MOST_MS)) return clock.schedule(callback, delayMs)
      const endAt = clock.now() + delayMs
      let timer: Timer
      const go = (): void => {
        const leftMs = endAt - clock.now()
        if (leftMs > 0) timer = clock.schedule(go, Math.min(leftMs, MOST_MS))
        else callback()
      }
      go()
      return { cancel: () => timer.cancel() }
    },
  }
}
