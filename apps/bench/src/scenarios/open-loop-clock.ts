/**
 * When each of a row of tasks is meant to be sent, at a steady rate, whatever becomes of those before: a latency that
 * counts from there has no coordinated omission, since a sender that is late is late for the tasks too.
 */
export class OpenLoopClock {
  readonly #startedAt: number
  readonly #perMs: number
  readonly #count: number
  #sent = 0

  constructor(startedAt: number, perSecond: number, count: number) {
    if (!(perSecond > 0)) throw new TypeError('a rate is greater than 0')
    this.#startedAt = startedAt
    this.#perMs = perSecond / 1_000
    this.#count = count
  }

  get done(): boolean {
    return this.#sent >= this.#count
  }

  intendedAt(n: number): number {
    return this.#startedAt + n / this.#perMs
  }

  /** The numbers whose time has come since it was last asked. */
  due(now: number): readonly number[] {
    const end = Math.min(this.#count, Math.floor((now - this.#startedAt) * this.#perMs) + 1)
    const numbers = Array.from({ length: Math.max(0, end - this.#sent) }, (_, i) => this.#sent + i)
    this.#sent += numbers.length
    return numbers
  }
}
