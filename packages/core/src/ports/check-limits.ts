// The arguments of `QueueSharing`, and of limits in other calls.
import { MqError } from '../errors.ts'
import { checkDuration, checkInteger, checkText, refuse } from './check-values.ts'
import { MAX_BATCH, MAX_LIMIT, MAX_ORDER, MAX_RATE_MS } from './limits.ts'
import type { Hold, KeyLimits, KeysQuery, LimitsChange, QueueLimits, RateLimit } from './queue-limits.ts'

export function checkLimits({ concurrency, rate, perKey }: QueueLimits): void {
  checkBoth({ concurrency, rate })
  if (perKey === undefined) return
  checkBoth(perKey)
  const { holdOnRetry } = perKey
  if (holdOnRetry !== undefined && typeof holdOnRetry !== 'boolean') refuse('holdOnRetry is true, false or undefined')
}

export function checkLimitsChange({ override, version, by, order, at, holdForMs }: LimitsChange): void {
  if (order !== undefined) checkInteger('order', order, 1, MAX_ORDER)
  if (at !== undefined) checkInteger('at', at, 0, Number.MAX_SAFE_INTEGER)
  if (by !== undefined) checkText('by', by)
  if (holdForMs !== undefined) checkDuration('holdForMs', holdForMs)
  checkInteger('version', version, 0, Number.MAX_SAFE_INTEGER)
  if (override !== undefined) checkLimits(override)
}

export function checkHold({ scope, forMs }: Hold): void {
  if (scope !== 'queue' && scope !== 'key') refuse(`no hold has the scope ${String(scope)}`)
  checkDuration('forMs', forMs)
}

/** Whether a cursor is one of the adapter's is the adapter's to check. */
export function checkKeysQuery({ after, limit, only }: KeysQuery): void {
  if (only !== undefined) checkText('only', only)
  if (after !== undefined && typeof after !== 'string') {
    throw new MqError('invalid-options', 'after is not the next of a page of keys', {
      details: { option: 'after', kind: typeof after },
    })
  }
  checkInteger('limit', limit, 1, MAX_BATCH)
}

function checkBoth({ concurrency, rate }: Pick<KeyLimits, 'concurrency' | 'rate'>): void {
  if (concurrency !== undefined) checkInteger('a concurrency', concurrency, 1, MAX_LIMIT)
  if (rate !== undefined) checkRate(rate)
}

function checkRate({ count, perMs, burst }: RateLimit): void {
  checkInteger('the count of a rate', count, 1, MAX_LIMIT)
  checkInteger('the time of a rate', perMs, 1, MAX_RATE_MS)
  checkInteger('a burst', burst, 1, count)
}
