import { Fifo } from '../waiting/fifo.ts'
import type { Held } from './held.ts'

/** Claimed tasks that wait for a handler, first in, first out. */
export class Buffer {
  readonly #waiting = new Fifo<Held>()
  readonly #isApart: ((held: Held) => boolean) | undefined
  #bytes = 0
  #apart = 0
  #beginBy = Number.POSITIVE_INFINITY

  /** `isApart`: which tasks join no batch. */
  constructor(isApart?: (held: Held) => boolean) {
    this.#isApart = isApart
  }

  get first(): Held | undefined {
    return this.#waiting.first
  }

  /** How many join no batch. */
  get apart(): number {
    return this.#apart
  }

  get size(): number {
    return this.#waiting.size
  }

  /** When the next task to take was added. */
  get oldestSince(): number | undefined {
    return this.#waiting.first?.bufferedAt
  }

  /**
   * When, at the latest, one of these has to begin, by this process' clock: when half of the time that was left to it
   * is over. The other half is for what may still hold it up.
   */
  get beginBy(): number {
    return this.#beginBy
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The length of its array. */
  get slots(): number {
    return this.#waiting.slots
  }

  push(held: Held): void {
    this.#waiting.push(held)
    this.#bytes += held.task.payload.length
    const { expiresInMs } = held.header
    if (expiresInMs !== undefined) {
      const { claimedAt, enqueuedAt } = held.task
      this.#beginBy = Math.min(this.#beginBy, held.bufferedAt + (enqueuedAt + expiresInMs - claimedAt) / 2)
    }
    if (this.#isApart?.(held)) {
      held.apart = true
      this.#apart++
    }
  }

  shift(): Held | undefined {
    const held = this.#waiting.shift()
    if (held === undefined) return undefined
    this.#bytes -= held.task.payload.length
    if (held.apart) this.#apart--
    // Who had least time may be gone: those that are left begin too soon, and never too late.
    if (this.#waiting.size === 0) this.#beginBy = Number.POSITIVE_INFINITY
    return held
  }

  clear(): Held[] {
    this.#bytes = 0
    this.#apart = 0
    this.#beginBy = Number.POSITIVE_INFINITY
    return this.#waiting.clear()
  }
}
