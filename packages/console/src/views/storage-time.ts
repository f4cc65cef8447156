import type { Clock } from '@mq/core'

/** It is asked again after this time: clocks run apart, and one may be put right. */
const KNOWN_MS = 10_000

/** The storage's time, as it said it: this machine's clock may differ from it. */
export class StorageTime {
  readonly #clock: Clock
  /** The storage's time less that of the clock. */
  #offsetMs: number | undefined
  #saidAtMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isKnown(): boolean {
    return this.#clock.now() - this.#saidAtMs < KNOWN_MS
  }

  /** ms since 1970; that of this machine until the storage has said its own. */
  now(): number {
    return this.#offsetMs === undefined ? Date.now() : Math.round(this.#clock.now() + this.#offsetMs)
  }

  /** It is `at` there now. */
  said(at: number): void {
    this.#saidAtMs = this.#clock.now()
    this.#offsetMs = at - this.#saidAtMs
  }
}
