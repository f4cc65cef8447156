/** Waits for a place. */
interface Waiter {
  readonly take: () => void
}

/**
 * So many runs at once; others wait, first in, first out, until one ends or they are not wanted any more. The pool gets
 * no more than it has threads for: one that it queued would wait for ever behind a thread that was killed.
 */
export class Places {
  readonly #size: number
  #taken = 0
  readonly #waiting = new Set<Waiter>()

  constructor(size: number) {
    this.#size = size
  }

  /** Resolves with a place, which is to be given back by `leave`. Rejects with the signal's reason. */
  async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#taken < this.#size) {
      this.#taken++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiter)
        // oxlint-disable-next-line prefer-promise-reject-errors
        reject(signal.reason)
      }
      const take = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const waiter: Waiter = { take }
      this.#waiting.add(waiter)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#taken--
      return
    }
    this.#waiting.delete(next)
    next.take()
  }
}
