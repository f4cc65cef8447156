import { TimeHeap } from './time-heap.ts'
import type { Timed } from './time-heap.ts'

/**
 * The keys of an ordered group's messages, by their numbers. Each key has one message that was given, came back, or is
 * the next to be given; those behind it wait until it ends.
 */
export class KeyOrder {
  readonly #keys = new Map<number, string>()
  /** By key: its newest message. */
  readonly #tails = new Map<string, number>()
  /** By number: the next one of its key. */
  readonly #behind = new Map<number, number>()
  /** In the order in which they were told. */
  readonly #blocked = new Set<number>()
  /** Those besides that the group holds: the channel need not keep them. */
  readonly #blockedCopies = new Set<number>()
  readonly #firsts = new TimeHeap<Timed>()

  /** How many may be given. */
  get size(): number {
    return this.#firsts.size
  }

  get blocked(): number {
    return this.#blocked.size + this.#blockedCopies.size
  }

  /** The smallest number that the channel has to keep: it was not given yet, and is no copy or may be given. */
  get least(): number {
    const [blocked = Number.POSITIVE_INFINITY] = this.#blocked
    return Math.min(this.#firsts.first?.at ?? Number.POSITIVE_INFINITY, blocked)
  }

  /** Next in their lines: of those that may be given, and of those behind others. */
  get heads(): readonly number[] {
    const [blocked] = this.#blocked
    const [copied] = this.#blockedCopies
    return [this.#firsts.first?.at, blocked, copied].filter((n) => n !== undefined)
  }

  knows(n: number): boolean {
    return this.#keys.has(n)
  }

  /** Last in the line of its key. `isCopied`: the group holds it. */
  add(n: number, key: string, isCopied: boolean): void {
    const tail = this.#tails.get(key)
    this.#keys.set(n, key)
    this.#tails.set(key, n)
    if (tail === undefined) return this.#giveNext(n)
    this.#behind.set(tail, n)
    if (isCopied) this.#blockedCopies.add(n)
    else this.#blocked.add(n)
  }

  /** The next to be given: of the lowest number. */
  shift(): number | undefined {
    return this.#firsts.takeDue(Number.POSITIVE_INFINITY)?.at
  }

  /** Its turn is over. Whether another may be given instead. */
  end(n: number): boolean {
    const key = this.#keys.get(n)
    if (key === undefined) return false
    this.#keys.delete(n)
    const next = this.#behind.get(n)
    if (next === undefined) {
      this.#tails.delete(key)
      return false
    }
    this.#behind.delete(n)
    if (!this.#blocked.delete(next)) this.#blockedCopies.delete(next)
    this.#giveNext(next)
    return true
  }

  #giveNext(n: number): void {
    this.#firsts.add({ at: n, order: n, slot: 0 })
  }
}
