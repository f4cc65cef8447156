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

/** A worker is kept waiting no longer than that for more than one task. */
export const MAX_GATHER_MS = 5

/**
 * By how much later than the next one a worker is told to come that waits for it, ms: until half of a burst may begin,
 * so that a rate of a thousand in a second does not cost a call a task.
 */
export function gatherMs(rate: RateLimit): number {
  const eachMs = intervalOf(rate)
  return eachMs * Math.min(Math.floor(MAX_GATHER_MS / eachMs), Math.ceil(rate.burst / 2) - 1)
}

/** After the rate changed: no bucket is emptier than empty. */
export function boundedFull(rate: RateLimit, full: number, now: number): number {
  return Math.min(full, now + rate.burst * intervalOf(rate))
}

/** One begins now: when the bucket is full again. */
export function fullAfter(rate: RateLimit, full: number, now: number): number {
  return Math.max(full, now) + intervalOf(rate)
}
