interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Calls that wait for the same event. */
export class Waiters {
  readonly #waiters = new Set<Waiter>()

  /** Rejects with the signal's reason when it aborts. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const waiter = {
        resolve: () => {
          leave()
          resolve()
        },
        reject: (error: Error) => {
          leave()
          reject(error)
        },
      }
      const leave = (): void => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', onAbort)
      }
      const onAbort = (): void => waiter.reject(signal?.reason as Error)
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', onAbort)
    })
  }

  resolve(): void {
    for (const waiter of this.#waiters) waiter.resolve()
  }

  reject(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error)
  }
}
