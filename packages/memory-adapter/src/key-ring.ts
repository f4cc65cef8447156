import type { KeyLimits } from '@mq/core/adapter'
import type { KeyLine } from './key-line.ts'
import { TimeHeap } from './time-heap.ts'

/**
 * Whose turn it is. The keys that may be served now are in a ring, by virtual time: a key that is served moves on by
 * one divided by the weight of the task, and one that joins begins behind whoever is served now. Those that are held
 * back until a time are in a heap; those that have as many leases as they may are in a set.
 */
export class KeyRing {
  limits: KeyLimits = {}
  readonly #ring = new TimeHeap<KeyLine>()
  readonly #timed = new TimeHeap<KeyLine>()
  readonly #full = new Set<KeyLine>()
  /** Nothing waits or runs of them, but their limits remember them until then. */
  readonly #fading = new TimeHeap<KeyLine>()
  readonly #onForgotten: (line: KeyLine) => void
  /** The virtual time of whoever was served last. */
  #virtual = 0
  /** That of the tasks without a key. */
  #plain = 0
  #orders = 0

  constructor(onForgotten: (line: KeyLine) => void) {
    this.#onForgotten = onForgotten
  }

  /** The key that is served next. */
  get first(): KeyLine | undefined {
    return this.#ring.first
  }

  /** As many as may be served, and as many that are held back, as `most` says. O(most). */
  some(most: number): KeyLine[] {
    const lines = this.#ring.items.slice(0, most)
    const held = this.#timed.items.slice(0, most)
    for (const line of this.#full) {
      if (held.length >= most) break
      held.push(line)
    }
    return [...lines, ...held]
  }

  /** Whether tasks without a key, which are one more, are served before the first. */
  get isPlainNext(): boolean {
    if (this.#plain < this.#virtual) this.#plain = this.#virtual + 1
    const { first } = this.#ring
    return first === undefined || this.#plain <= first.at
  }

  tookPlain(): void {
    if (this.#ring.size === 0 && this.#timed.size === 0) return
    this.#virtual = Math.max(this.#virtual, this.#plain)
    this.#plain = this.#virtual + 1
  }

  /** A task of this weight is served. */
  took(line: KeyLine, weight: number): void {
    if (line.place !== 'ring') return
    this.#ring.remove(line)
    this.#virtual = Math.max(this.#virtual, line.at)
    this.#enter(line, this.#virtual + 1 / weight)
  }

  /** When the next may be served: a time that is over, or to come. Undefined: once one ends, or none waits. */
  freeAt(now: number): number | undefined {
    return this.#ring.size > 0 ? now : this.#timed.first?.at
  }

  /** Keys whose time has come. */
  look(now: number): void {
    let line: KeyLine | undefined
    while ((line = this.#timed.takeDue(now) ?? this.#fading.takeDue(now))) {
      line.place = 'none'
      this.place(line, now)
    }
  }

  /** Puts it where it belongs now, or forgets it. */
  place(line: KeyLine, now: number): void {
    const freeAt = line.freeAt(this.limits)
    const isFull = line.isFull(this.limits)
    if (line.waiting > 0 && !isFull && freeAt <= now) {
      if (line.place === 'ring') return
      this.#leave(line)
      return this.#enter(line, this.#virtual + 1 / (line.first?.weight ?? 1))
    }
    this.#leave(line)
    if (line.waiting > 0 && isFull) {
      line.place = 'full'
      this.#full.add(line)
      return
    }
    if (line.waiting === 0 && line.running > 0) return
    line.at = line.waiting > 0 ? freeAt : line.forgottenAt
    if (line.at <= now) return this.#onForgotten(line)
    line.place = line.waiting > 0 ? 'timed' : 'fading'
    line.order = ++this.#orders
    const heap = line.waiting > 0 ? this.#timed : this.#fading
    heap.add(line)
  }

  #enter(line: KeyLine, at: number): void {
    line.place = 'ring'
    line.at = at
    line.order = ++this.#orders
    this.#ring.add(line)
  }

  #leave(line: KeyLine): void {
    if (line.place === 'ring') this.#ring.remove(line)
    else if (line.place === 'timed') this.#timed.remove(line)
    else if (line.place === 'full') this.#full.delete(line)
    else if (line.place === 'fading') this.#fading.remove(line)
    line.place = 'none'
  }
}
