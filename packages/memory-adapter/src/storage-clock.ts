import type { Clock } from '@mq/core/adapter'

/** The time of one storage, which all its participants share: the clock of the first participant. */
export class StorageClock {
  readonly #clock: Clock
  readonly #origin: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#origin = Date.now() - clock.now()
  }

  /** ms; only differences mean something. */
  now(): number {
    return this.#clock.now()
  }

  /** ms since 1970, whole. */
  epochMs(now: number): number {
    return Math.floor(this.#origin + now)
  }
}
