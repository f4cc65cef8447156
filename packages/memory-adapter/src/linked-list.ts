/** An item of a list; it is in one list at a time. */
export interface Linked<T> {
  previous: T | undefined
  next: T | undefined
}

/** A doubly linked list: every operation, also removing from the middle, is O(1) and allocates nothing. */
export class LinkedList<T extends Linked<T>> {
  #first: T | undefined
  #last: T | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#first
  }

  get last(): T | undefined {
    return this.#last
  }

  pushBack(item: T): void {
    item.previous = this.#last
    item.next = undefined
    if (this.#last) this.#last.next = item
    else this.#first = item
    this.#last = item
    this.#size++
  }

  pushFront(item: T): void {
    item.previous = undefined
    item.next = this.#first
    if (this.#first) this.#first.previous = item
    else this.#last = item
    this.#first = item
    this.#size++
  }

  /** `next` must be in this list. */
  insertBefore(item: T, next: T): void {
    if (next === this.#first) return this.pushFront(item)
    item.previous = next.previous
    item.next = next
    next.previous!.next = item
    next.previous = item
    this.#size++
  }

  shift(): T | undefined {
    const first = this.#first
    if (first) this.remove(first)
    return first
  }

  /** `item` must be in this list. */
  remove(item: T): void {
    if (item.previous) item.previous.next = item.next
    else this.#first = item.next
    if (item.next) item.next.previous = item.previous
    else this.#last = item.previous
    item.previous = undefined
    item.next = undefined
    this.#size--
  }
}
