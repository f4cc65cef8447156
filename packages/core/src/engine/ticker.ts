/** Does the check after a change. */
export interface Looker {
  tick(): void
}

/**
 * Lets a worker check what to do at the end of this turn of the event loop, once, however much changes in it: so all
 * handlers that end in it share a call.
 */
export class Ticker {
  #looker: Looker | undefined
  #scheduled = false
  #ended = false
  readonly #tick = (): void => {
    this.#scheduled = false
    if (!this.#ended) this.#looker?.tick()
  }

  start(looker: Looker): void {
    this.#looker = looker
    this.kick()
  }

  /** Something changed. */
  kick(): void {
    if (this.#scheduled || this.#ended) return
    this.#scheduled = true
    setImmediate(this.#tick)
  }

  end(): void {
    this.#ended = true
  }
}
