import type { Dedupe } from '@mq/core/adapter'
import { TimeHeap } from './time-heap.ts'
import type { Timed } from './time-heap.ts'

interface Window extends Timed {
  readonly key: string
  readonly n: number
}

/** Deduplication keys: each belongs to a task for a time, also after its end. */
export class DedupeKeys {
  readonly #windows = new Map<string, Window>()
  readonly #ends = new TimeHeap<Window>()

  find(key: string, now: number): number | undefined {
    this.#forget(now)
    return this.#windows.get(key)?.n
  }

  isEmpty(now: number): boolean {
    this.#forget(now)
    return this.#windows.size === 0
  }

  add({ key, windowMs }: Dedupe, n: number, now: number): void {
    const before = this.#windows.get(key)
    if (before !== undefined) this.#ends.remove(before)
    const window: Window = { key, n, at: now + windowMs, order: n, slot: 0 }
    this.#windows.set(key, window)
    this.#ends.add(window)
  }

  #forget(now: number): void {
    let window: Window | undefined
    while ((window = this.#ends.takeDue(now))) this.#windows.delete(window.key)
  }
}
