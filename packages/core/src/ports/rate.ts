import type { RateLimit } from './queue-limits.ts'

/**
 * GCRA: one number a limiter, `full`: when its bucket will be full again, ms. A bucket that was never used is full.
 */
function intervalOf({ count, perMs }: RateLimit): number {
  return perMs / count
}

/** When the next one may begin: a time that is over, or to come. */
export function freeAt(rate: RateLimit, full: number): number {
  return full - (rate.burst - 1) * intervalOf(rate)
}

/** After the rate changed: no bucket is emptier than empty. */
export function boundedFull(rate: RateLimit, full: number, now: number): number {
  return Math.min(full, now + rate.burst * intervalOf(rate))
}

/** One begins now: when the bucket is full again. */
export function fullAfter(rate: RateLimit, full: number, now: number): number {
  return Math.max(full, now) + intervalOf(rate)
}
