import { env } from 'node:process'

export interface Dice {
  readonly seed: number
  /** In [0, 1). */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  oneOf<T>(choices: readonly T[]): T
}

/** Random, but the same again with `MQ_TEST_SEED`. The seed is printed, or a failure could not be repeated. */
export function rollDice(test: string, seed: number = Number(env['MQ_TEST_SEED'] ?? Date.now() % 1_000_000)): Dice {
  console.log(`${test}: MQ_TEST_SEED=${seed}`)
  return createDice(seed)
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
  return { seed, next, between, oneOf: (choices) => choices[between(0, choices.length - 1)]! }
}
