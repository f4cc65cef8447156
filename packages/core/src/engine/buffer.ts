import { Fifo } from '../waiting/fifo.ts'
import type { Held } from './held.ts'

/** Claimed tasks that wait for a handler, first in, first out. */
export class Buffer {
  readonly #waiting = new Fifo<Held>()
  #bytes = 0

  get size(): number {
    return this.#waiting.size
  }

  /** When the next task to take was added. */
  get oldestSince(): number | undefined {
    return this.#waiting.first?.bufferedAt
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
  }

  shift(): Held | undefined {
    const held = this.#waiting.shift()
    if (held !== undefined) this.#bytes -= held.task.payload.length
    return held
  }

  clear(): Held[] {
    this.#bytes = 0
    return this.#waiting.clear()
  }
}
