/** An item of a heap; it is in one heap at a time. */
export interface Timed {
  /** When its time has come. */
  at: number
  /** Decides the order of two items with the same time. */
  order: number
  /** Its place in the heap, which the heap keeps. */
  slot: number
}

/** The earliest first. Adding, taking out, and moving from anywhere are O(log n). */
export class TimeHeap<T extends Timed> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  get first(): T | undefined {
    return this.#items[0]
  }

  /** In no order. */
  get items(): readonly T[] {
    return this.#items
  }

  /** How many have come due. O(their number). */
  countDue(now: number): number {
    const slots = [0]
    let count = 0
    for (let slot = slots.pop(); slot !== undefined; slot = slots.pop()) {
      const item = this.#items[slot]
      if (item === undefined || item.at > now) continue
      count++
      slots.push(2 * slot + 1, 2 * slot + 2)
    }
    return count
  }

  add(item: T): void {
    item.slot = this.#items.push(item) - 1
    this.#rise(item)
  }

  /** `item` must be in this heap. */
  remove(item: T): void {
    const last = this.#items.pop()!
    if (last === item) return
    this.#put(last, item.slot)
    this.#rise(last)
    this.#sink(last)
  }

  /** `item` must be in this heap. */
  move(item: T, at: number): void {
    item.at = at
    this.#rise(item)
    this.#sink(item)
  }

  /** Takes out the earliest, if its time has come. */
  takeDue(now: number): T | undefined {
    const first = this.#items[0]
    if (first === undefined || first.at > now) return undefined
    this.remove(first)
    return first
  }

  #rise(item: T): void {
    while (item.slot > 0) {
      const parent = this.#items[(item.slot - 1) >> 1]!
      if (!isBefore(item, parent)) return
      this.#swap(parent, item)
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.slot + 1]
      if (left === undefined) return
      const right = this.#items[2 * item.slot + 2]
      const child = right !== undefined && isBefore(right, left) ? right : left
      if (!isBefore(child, item)) return
      this.#swap(item, child)
    }
  }

  #swap(upper: T, lower: T): void {
    const { slot } = upper
    this.#put(upper, lower.slot)
    this.#put(lower, slot)
  }

  #put(item: T, slot: number): void {
    this.#items[slot] = item
    item.slot = slot
  }
}

function isBefore(one: Timed, other: Timed): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
