import { MqError } from '../errors.ts'
import { MAX_RATE_MS } from '../ports/limits.ts'
import type { Keep } from '../ports/keep.ts'
import type { DefinedLimits, QueueLimits, RateLimit } from '../ports/queue-limits.ts'

/** The shares of all partitions together are the whole; the first ones have one more. */
export function shareOf(whole: number, index: number, of: number): number {
  if (of === 1) return whole
  return Math.floor(whole / of) + (index < whole % of ? 1 : 0)
}

/**
 * What one partition has of the limits of its queue: those of keys as they are, since a key is in one partition. Of a
 * rate each lets as many begin in a time that is `of` times as long, and has its share of the burst.
 */
export function limitsShare(limits: QueueLimits, index: number, of: number): QueueLimits {
  const { concurrency, rate, ...others } = limits
  return {
    ...others,
    ...(concurrency === undefined ? undefined : { concurrency: shareOf(concurrency, index, of) }),
    ...(rate === undefined ? undefined : { rate: rateShare(rate, index, of) }),
  }
}

function rateShare({ count, perMs, burst }: RateLimit, index: number, of: number): RateLimit {
  return { count, perMs: perMs * of, burst: shareOf(burst, index, of) }
}

/** Limits that hold, of a share that may be none. */
export function atLeastOne({ concurrency, rate, ...others }: QueueLimits): QueueLimits {
  return {
    ...others,
    ...(concurrency === undefined ? undefined : { concurrency: Math.max(1, concurrency) }),
    ...(rate === undefined
      ? undefined
      : { rate: { ...rate, burst: Math.max(1, rate.burst), perMs: Math.min(MAX_RATE_MS, rate.perMs) } }),
  }
}

export function definedShare(limits: DefinedLimits | undefined, index: number, of: number): DefinedLimits | undefined {
  return limits ? limitsShare(limits, index, of) : limits
}

/** The limits of a queue, from those of its partitions. Undefined where they have none. */
export function wholeLimits(shares: readonly (QueueLimits | undefined)[]): QueueLimits | undefined {
  const [first] = shares
  if (first === undefined || shares.length === 1) return first
  const { concurrency, rate, ...others } = first
  const sum = (amount: (share: QueueLimits) => number | undefined): number =>
    shares.reduce((all, share) => all + ((share && amount(share)) ?? 0), 0)
  return {
    ...others,
    ...(concurrency === undefined ? undefined : { concurrency: sum((share) => share.concurrency) }),
    ...(rate === undefined
      ? undefined
      : {
          rate: { count: rate.count, perMs: rate.perMs / shares.length, burst: sum((share) => share.rate?.burst) },
        }),
  }
}

interface Countable {
  readonly maxCount?: number | undefined
  readonly maxBytes?: number | undefined
}

/** What one partition keeps of ended tasks. */
export function keepShare({ dead, results }: Keep, of: number): Keep {
  return { dead: boundsShare(dead, of), results: boundsShare(results, of) }
}

/** The part of one partition of what is kept, in counts and bytes: at least one. What is kept by age is as it is. */
export function boundsShare<Bounds extends Countable>(bounds: Bounds, of: number): Bounds {
  const { maxCount, maxBytes } = bounds
  return {
    ...bounds,
    ...(maxCount === undefined ? undefined : { maxCount: Math.ceil(maxCount / of) }),
    ...(maxBytes === undefined ? undefined : { maxBytes: Math.ceil(maxBytes / of) }),
  }
}

/** The option of limits that cannot be shared out, since each partition needs at least one of it. */
export function unsharedLimit({ concurrency, rate }: QueueLimits, of: number): string | undefined {
  if (concurrency !== undefined && concurrency < of)
    return `limits.concurrency must be at least ${of}, not ${concurrency}`
  if (rate === undefined) return undefined
  if (rate.burst < of) return `limits.rate.burst must be at least ${of}, not ${rate.burst}`
  if (rate.perMs * of > MAX_RATE_MS) return `limits.rate.perMs must be at most ${Math.floor(MAX_RATE_MS / of)}`
  return undefined
}

/** Throws `invalid-options`. */
export function checkShared(limits: QueueLimits | undefined, of: number): void {
  const why = limits && unsharedLimit(limits, of)
  if (why === undefined) return
  const option = why.slice(0, why.indexOf(' '))
  throw new MqError('invalid-options', `${why}: the queue has ${of} partitions, and each has a share`, {
    details: { option, kind: 'a number' },
  })
}
