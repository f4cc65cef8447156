/**
 * Of an attribute of metrics each value is a series, and programs choose the values: the first ones are told apart,
 * those that come after `most` others are one.
 */
export class Few {
  readonly #known = new Set<string>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Undefined where it is one of the others. */
  of(value: string): string | undefined {
    if (this.#known.has(value)) return value
    if (this.#known.size >= this.#most) return undefined
    this.#known.add(value)
    return value
  }
}
