/**
 * An async iterable that is fed from outside and ends at once when its reader leaves. (A generator would not: it delays
 * a `return()` until the awaited value has arrived.)
 */
export class Feed<T> implements AsyncIterableIterator<T, undefined> {
  readonly #open: (feed: Feed<T>) => Promise<() => unknown>
  #stop: Promise<() => unknown> | undefined
  #take: (() => T | undefined) | undefined
  #wake: (() => void) | undefined
  #failure: { readonly error: unknown } | undefined
  #ended = false

  /** `open` begins the feeding, at the first `next()`; what it resolves with ends it. */
  constructor(open: (feed: Feed<T>) => Promise<() => unknown>) {
    this.#open = open
  }

  /** A value is available: `take` returns it when the reader asks, or undefined when it no longer exists. */
  offer(take: () => T | undefined): void {
    this.#take = take
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#stop === undefined && !this.#ended) {
      this.#stop = this.#open(this)
      // Thrown below, to the reader.
      this.#stop.catch((error: unknown) => this.fail(error))
    }
    for (;;) {
      const value = this.#take?.()
      this.#take = undefined
      if (value !== undefined) return { done: false, value }
      if (this.#failure) {
        const { error } = this.#failure
        await this.return()
        throw error
      }
      if (this.#ended) return this.return()
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.end()
    this.#failure = undefined
    const stop = this.#stop
    this.#stop = undefined
    // One that never opened has nothing to stop.
    const end = await stop?.catch(() => undefined)
    await end?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
