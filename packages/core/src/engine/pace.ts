/** The buffer holds about this much work: enough to hide a round trip, too little to keep from other workers. */
const AHEAD_MS = 10
const MOST_AHEAD = 1_000
/** How much one task tells of the next: the mean follows a change within some twenty tasks. */
const WEIGHT = 0.1

/** Measures how long handlers take, and says how many tasks to hold beyond those that run. */
export class Pace {
  readonly #concurrency: number
  readonly #enabled: boolean
  #meanMs = Number.POSITIVE_INFINITY

  constructor(concurrency: number, enabled: boolean) {
    this.#concurrency = concurrency
    this.#enabled = enabled
  }

  ended(tookMs: number): void {
    this.#meanMs = this.#meanMs === Number.POSITIVE_INFINITY ? tookMs : this.#meanMs + WEIGHT * (tookMs - this.#meanMs)
  }

  /** Nothing moved: whatever was measured no longer holds. */
  stalled(): void {
    this.#meanMs = Number.POSITIVE_INFINITY
  }

  /** None for slow handlers: if those that run take longer than `AHEAD_MS`, another worker would be sooner. */
  get ahead(): number {
    if (!this.#enabled || this.#meanMs > AHEAD_MS) return 0
    return Math.min(MOST_AHEAD, Math.floor((AHEAD_MS * this.#concurrency) / this.#meanMs))
  }
}
