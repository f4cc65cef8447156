import type { Held } from './held.ts'

/** Claimed tasks that wait for a handler, first in, first out. Live items begin at `#head`, so that taking one is O(1). */
export class Buffer {
  #items: (Held | undefined)[] = []
  #head = 0
  #bytes = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  push(held: Held): void {
    this.#items.push(held)
    this.#bytes += held.task.payload.length
  }

  shift(): Held | undefined {
    const held = this.#items[this.#head]
    if (held === undefined) return undefined
    this.#items[this.#head++] = undefined
    this.#bytes -= held.task.payload.length
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    }
    return held
  }

  clear(): Held[] {
    const rest = this.#items.slice(this.#head) as Held[]
    this.#items = []
    this.#head = 0
    this.#bytes = 0
    return rest
  }
}
