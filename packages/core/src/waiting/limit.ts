import { onAbort } from './on-abort.ts'
import type { Clock } from '../clock.ts'

export interface Limit {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  /** What is thrown when the time is over; needed with `timeoutMs`. */
  readonly onTimeout?: (() => Error) | undefined
}

/**
 * The result of `work`, for as long as the caller waits: rejects with the signal's reason when it aborts, with
 * `onTimeout()` when the time is over. The work itself continues; `abandon` is called when nobody waits any more.
 */
export function limited<T>(work: Promise<T>, limit: Limit, abandon?: () => void): Promise<T> {
  const { clock, signal, timeoutMs } = limit
  if (signal === undefined && timeoutMs === undefined) return work
  return new Promise<T>((resolve, reject) => {
    const giveUp = (error: unknown): void => {
      release()
      abandon?.()
      reject(error)
    }
    const abort = (): void => giveUp(signal?.reason)
    const timer = timeoutMs === undefined ? undefined : clock.schedule(() => giveUp(limit.onTimeout?.()), timeoutMs)
    const release = (): void => {
      timer?.cancel()
      withdraw()
    }
    const withdraw = onAbort(signal, abort)
    work.then(
      (value) => {
        release()
        resolve(value)
      },
      (error: unknown) => {
        release()
        reject(error)
      },
    )
    if (signal?.aborted) abort()
  })
}
