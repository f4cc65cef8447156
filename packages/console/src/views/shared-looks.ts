import type { Clock } from '@mq/core'

/** Counted from its end: one that takes long is not begun anew meanwhile. */
const FRESH_MS = 2_000

interface Look<T> {
  readonly looked: Promise<T>
  /** By the clock; undefined while it goes on. */
  endedAtMs?: number | undefined
}

/** Looks that cost something, each once for all who want to see the same at about the same time. */
export class SharedLooks<T> {
  readonly #clock: Clock
  readonly #most: number
  /** The one that began longest ago is the first. */
  readonly #looks = new Map<string, Look<T>>()

  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#most = most
  }

  look(of: string, take: () => Promise<T>): Promise<T> {
    const known = this.#looks.get(of)
    const { endedAtMs } = known ?? {}
    if (known !== undefined && (endedAtMs === undefined || this.#clock.now() - endedAtMs < FRESH_MS)) {
      return known.looked
    }
    const look: Look<T> = { looked: take() }
    this.#looks.delete(of)
    this.#looks.set(of, look)
    look.looked.then(
      () => (look.endedAtMs = this.#clock.now()),
      () => this.#forget(of, look), // those who asked get the error
    )
    const [oldest] = this.#looks.keys()
    if (this.#looks.size > this.#most) this.#looks.delete(oldest!)
    return look.looked
  }

  #forget(of: string, look: Look<T>): void {
    if (this.#looks.get(of) === look) this.#looks.delete(of)
  }
}
