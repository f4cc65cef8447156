import { onAbort } from './on-abort.ts'
import type { Clock } from '../clock.ts'

/** Resolves after `delayMs`, or at once when `signal` aborts; the caller checks the signal itself. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      withdraw()
      resolve()
    }
    const timer = clock.schedule(end, delayMs)
    const withdraw = onAbort(signal, end)
  })
}
