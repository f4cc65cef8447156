import type { Clock } from '../clock.ts'

/** Resolves after `delayMs`, or at once when `signal` aborts: the caller looks at the signal itself. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.schedule(end, delayMs)
    signal?.addEventListener('abort', end)
  })
}
