import type { Clock } from '../clock.ts'
import { STALLED_MS } from './in-time.ts'

/** So many that come together go to one partition, before the next is taken: a burst is spread, too. */
const TOGETHER = 32

export interface RotationParts<Place> {
  readonly clock: Clock
  /** They may become others. */
  readonly places: () => readonly Place[]
  /** The position of the first. */
  readonly begin: number
  /** It does not answer, as far as is known besides. */
  readonly isAway?: ((place: Place) => boolean) | undefined
  /** For tests: the position of the next. Default: one after the other. */
  readonly spread?: (() => number) | undefined
}

/**
 * Where what may be in any partition goes next: each call makes way for the next partition, but for those that do not
 * answer.
 */
export class Rotation<Place> {
  readonly #parts: RotationParts<Place>
  /** When the calls began that are not answered. */
  readonly #under = new Map<Place, Set<{ readonly since: number }>>()
  #position: number
  /** How many the next one was given. */
  #together = 0

  constructor(parts: RotationParts<Place>) {
    this.#parts = parts
    this.#position = parts.begin
  }

  get next(): Place {
    const places = this.#parts.places()
    return places[this.#position % places.length]!
  }

  /** The next one was given so many more. */
  given(count: number): void {
    this.#together += count
    if (this.#together >= TOGETHER) this.#goOn()
  }

  /** A call to a partition begins, and ends. */
  async during<T>(place: Place, call: () => Promise<T>): Promise<T> {
    if (place === this.next) this.#goOn()
    const calls = this.#under.get(place) ?? new Set()
    this.#under.set(place, calls)
    const own = { since: this.#parts.clock.now() }
    calls.add(own)
    try {
      return await call()
    } finally {
      calls.delete(own)
      if (calls.size === 0 && this.#under.get(place) === calls) this.#under.delete(place)
    }
  }

  #goOn(): void {
    this.#together = 0
    const { places, spread } = this.#parts
    if (spread !== undefined) {
      this.#position = spread()
      return
    }
    const of = places().length
    const first = (this.#position + 1) % of
    for (let i = 0; i < of; i++) {
      this.#position = (first + i) % of
      if (!this.#isAway(this.next)) return
    }
    this.#position = first
  }

  #isAway(place: Place): boolean {
    const { clock, isAway } = this.#parts
    if (isAway?.(place) === true) return true
    const before = clock.now() - STALLED_MS
    for (const { since } of this.#under.get(place) ?? []) if (since < before) return true
    return false
  }
}
