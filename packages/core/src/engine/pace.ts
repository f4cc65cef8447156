import { AHEAD_MS, MOST_WAIT_MS } from './ahead.ts'

const MOST_AHEAD = 1_000
/**
 * The weight of one task in each mean: the quick mean follows a change within some twenty tasks, the calm one within
 * some hundreds.
 */
const QUICK = 0.1
const CALM = 0.005
/** For this long after a stall nothing is held ahead; doubled when another stall follows soon. */
const FIRST_REST_MS = 50
const MOST_REST_MS = 30_000
/** Without a stall for this many times the last rest, the next one is short again. */
const CALM_AFTER = 10

/**
 * A worker that was idle for this long does not know how long the next tasks take: it waits for the first to end before
 * it holds any ahead.
 */
const STALE_AFTER_MS = 1_000

/**
 * Measures how long handlers take, and says how many tasks to hold beyond those that run. Both means must be short: the
 * quick one shows that handlers have become slow, the calm one that some of a mix are.
 */
export class Pace {
  readonly #enabled: boolean
  #quickMs = Number.POSITIVE_INFINITY
  #calmMs = Number.POSITIVE_INFINITY
  #restMs = FIRST_REST_MS
  #restsUntil = Number.NEGATIVE_INFINITY
  #idleSince: number | undefined

  constructor(enabled: boolean) {
    this.#enabled = enabled
  }

  ended(tookMs: number): void {
    if (this.#quickMs === Number.POSITIVE_INFINITY) this.#quickMs = tookMs
    if (this.#calmMs === Number.POSITIVE_INFINITY) this.#calmMs = tookMs
    this.#quickMs += QUICK * (tookMs - this.#quickMs)
    this.#calmMs += CALM * (tookMs - this.#calmMs)
  }

  /** Tasks held ahead were not begun in time: the measurements are no longer valid. */
  stalled(now: number): void {
    if (now < this.#restsUntil) return
    const isCalm = now - this.#restsUntil > CALM_AFTER * this.#restMs
    this.#restMs = isCalm ? FIRST_REST_MS : Math.min(2 * this.#restMs, MOST_REST_MS)
    this.#restsUntil = now + this.#restMs
    this.#quickMs = Math.max(this.#quickMs, 2 * AHEAD_MS)
    this.#calmMs = Math.max(this.#calmMs, 2 * AHEAD_MS)
  }

  /** There was nothing to claim. */
  idle(now: number): void {
    this.#idleSince ??= now
  }

  /** Something was claimed. */
  busy(): void {
    this.#idleSince = undefined
  }

  /**
   * How many tasks to hold ahead. `slots`: those that become free soon. None for slow handlers: if they take longer
   * than `AHEAD_MS`, another worker would start the task sooner. The tasks ahead last that long by the quick mean, and
   * by the calm mean less than the time that a task may wait.
   */
  ahead(now: number, slots: number): number {
    if (this.#idleSince !== undefined && now - this.#idleSince >= STALE_AFTER_MS)
      this.#quickMs = Number.POSITIVE_INFINITY
    const isSlow = this.#quickMs > AHEAD_MS || this.#calmMs > AHEAD_MS
    if (!this.#enabled || isSlow || slots === 0 || now < this.#restsUntil) return 0
    const most = Math.min((AHEAD_MS * slots) / this.#quickMs, (MOST_WAIT_MS * slots) / this.#calmMs)
    return Math.min(MOST_AHEAD, Math.floor(most))
  }
}
