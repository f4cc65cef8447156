const OTHER = 'other'

/** Names of queues as labels. Only the first ones keep theirs: a program may have a queue for each of its users. */
export class QueueLabels {
  readonly #known = new Set<string>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  of(queue: string): string {
    if (this.#known.has(queue)) return queue
    if (this.#known.size >= this.#most) return OTHER
    this.#known.add(queue)
    return queue
  }
}
