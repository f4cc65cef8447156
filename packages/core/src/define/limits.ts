import { MAX_LIMIT, MAX_RATE_MS } from '../ports/limits.ts'
import type { DefinedLimits, KeyLimits, QueueLimits, RateLimit } from '../ports/queue-limits.ts'
import type { Checks } from './checks.ts'

/** At most `count` tasks begin in `perMs`, by the storage's clock, over all workers. */
export interface RateOptions {
  /** 1–1,000,000,000. */
  readonly count: number
  /** 1 ms to a year. */
  readonly perMs: number
  /**
   * How many may begin at once after a pause, 1 to `count`; so within `perMs` up to `count` + `burst` − 1 can. Default:
   * what `count` makes of 10 ms, at least 1: 10 a second begin 100 ms apart.
   */
  readonly burst?: number | undefined
}

/** Of each key that tasks are enqueued with. Those without a key have none of these. */
export interface KeyLimitOptions {
  /** How many tasks of a key run at once, over all workers. 1: one after the other, in order. Default: no limit. */
  readonly concurrency?: number | undefined
  /** Default: no limit. */
  readonly rate?: RateOptions | undefined
  /**
   * A task that is retried later keeps the others of its key waiting, and is the next of its priority: with
   * `concurrency: 1` the order of a key holds over retries. Default false: the others go first.
   */
  readonly holdOnRetry?: boolean | undefined
}

/**
 * What the workers of all processes share. A task counts from when a worker gets it until it ends or its worker's lease
 * is over.
 */
export interface LimitOptions {
  /** How many tasks run at once, over all workers. Default: no limit. */
  readonly concurrency?: number | undefined
  /** Default: no limit. */
  readonly rate?: RateOptions | undefined
  readonly perKey?: KeyLimitOptions | undefined
}

/** Of `limits.set`: what is not named stays, `null` ends it. */
export interface LimitsPatch {
  readonly concurrency?: number | null | undefined
  readonly rate?: RateOptions | null | undefined
  readonly perKey?: KeyLimitsPatch | null | undefined
}
export interface KeyLimitsPatch {
  readonly concurrency?: number | null | undefined
  readonly rate?: RateOptions | null | undefined
  readonly holdOnRetry?: boolean | null | undefined
}

type Check = Pick<Checks, 'checkBoolean' | 'checkInteger' | 'checkOptions'>

/** What a burst is by default. */
const BURST_MS = 10

/**
 * Of a definition. Throws what the checks throw, with the option at fault. `leastBurst`: what a burst is at least by
 * default.
 */
export function resolveLimits(given: LimitOptions | false, check: Check, leastBurst = 1): DefinedLimits {
  if (given === false) return false
  const limits = changedLimits({}, given, check)
  if (limits.rate === undefined || given.rate?.burst !== undefined) return limits
  const { count, burst } = limits.rate
  return { ...limits, rate: { ...limits.rate, burst: Math.min(count, Math.max(burst, leastBurst)) } }
}

/** The limits that hold after the patch. Throws what the checks throw, with the option at fault. */
export function changedLimits(before: QueueLimits, given: LimitsPatch, check: Check): QueueLimits {
  const { perKey, ...own } = check.checkOptions('limits', given, ['concurrency', 'rate', 'perKey'])
  const keys = perKey ? changedKeyLimits(before.perKey ?? {}, perKey, check) : either(perKey, before.perKey)
  return cleared({ ...changedBoth('limits', before, own, check), perKey: keys })
}

function changedKeyLimits(before: KeyLimits, given: KeyLimitsPatch, check: Check): KeyLimits | undefined {
  const { holdOnRetry, ...own } = check.checkOptions('limits.perKey', given, ['concurrency', 'rate', 'holdOnRetry'])
  if (typeof (holdOnRetry ?? false) !== 'boolean') check.checkBoolean('limits.perKey.holdOnRetry', holdOnRetry)
  const holds = either(holdOnRetry, before.holdOnRetry) || undefined
  const after = cleared({ ...changedBoth('limits.perKey', before, own, check), holdOnRetry: holds })
  return Object.keys(after).length === 0 ? undefined : after
}

type Both = Pick<QueueLimits, 'concurrency' | 'rate'>
type BothPatch = Pick<LimitsPatch, 'concurrency' | 'rate'>

function changedBoth(of: string, before: Both, { concurrency, rate }: BothPatch, check: Check): Both {
  if (typeof concurrency !== 'undefined' && concurrency !== null) {
    check.checkInteger(`${of}.concurrency`, concurrency, 1, MAX_LIMIT)
  }
  const limit = rate === undefined || rate === null ? rate : resolveRate(`${of}.rate`, rate, check)
  return { concurrency: either(concurrency, before.concurrency), rate: either(limit, before.rate) }
}

function resolveRate(option: string, given: RateOptions, check: Check): RateLimit {
  const { count, perMs, burst } = check.checkOptions(option, given, ['count', 'perMs', 'burst'])
  check.checkInteger(`${option}.count`, count, 1, MAX_LIMIT)
  check.checkInteger(`${option}.perMs`, perMs, 1, MAX_RATE_MS)
  const byDefault = Math.max(1, Math.min(count, Math.floor((count * BURST_MS) / perMs)))
  return { count, perMs, burst: check.checkInteger(`${option}.burst`, burst ?? byDefault, 1, count) }
}

/** `null` ends it, `undefined` leaves it. */
function either<T>(given: T | null | undefined, before: T | undefined): T | undefined {
  return given === null ? undefined : (given ?? before)
}

/** Without what is undefined: texts of equal limits are equal. */
function cleared<T extends object>(limits: T): T {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined)) as T
}

/** In the words of the options, for logs and people. */
export function describeLimits(limits: DefinedLimits | undefined): string {
  return limits === undefined || limits === false || Object.keys(limits).length === 0 ? 'none' : JSON.stringify(limits)
}
