import type { ShareBounds } from '../checker/shares.ts'
import { QUEUE } from './contender.ts'

const RATE = { count: 100, perMs: 1_000, burst: 10 }

/** Of the definition of workers that share. */
export const LIMITS = {
  concurrency: 3,
  rate: RATE,
  perKey: { concurrency: 1, rate: { count: 40, perMs: 1_000, burst: 2 }, holdOnRetry: true },
}

export const SHARED: Omit<ShareBounds, 'leaseMs'> = {
  concurrency: LIMITS.concurrency,
  keyConcurrency: LIMITS.perKey.concurrency,
  rate: RATE,
}

export const SHARED_QUEUE: string = QUEUE
