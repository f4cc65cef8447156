/** Random, but the same again from the same seed. */
export interface Dice {
  /** In [0, 1). */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  oneOf<T>(choices: readonly T[]): T
}

/** Mulberry32. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return { next, between, oneOf: (choices) => choices[between(0, choices.length - 1)]! }
}

/** A seed for each part of a run: neighbours must not roll the same. */
export function seedOf(seed: number, part: string): number {
  let hash = seed ^ 0x9e3779b9
  for (const letter of part) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  return hash >>> 0
}
