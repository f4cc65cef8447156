import { checkInteger, checkOptions, checkText, invalidOption } from '../define/check-call.ts'
import { MAX_REASON } from '../ports/limits.ts'
import type { DeadTask } from '../ports/queue-admin.ts'
import { factsOf } from '../wire/error-facts.ts'

/** Selects the letters that match all fields that are given. */
export interface DeadFilter {
  /** Letters with exactly this reason. */
  readonly reason?: string | undefined
  /** A part of the error's name, code or message. */
  readonly error?: string | undefined
  /** Died then or later, ms since 1970 by the storage's clock. */
  readonly diedFrom?: number | undefined
  /** Died then or before. */
  readonly diedTo?: number | undefined
}

export const FILTERS: readonly (keyof DeadFilter)[] = ['reason', 'error', 'diedFrom', 'diedTo']

/** Returns a copy. */
export function checkFilter(filter: DeadFilter): DeadFilter {
  filter = checkOptions('a filter of dead letters', filter, FILTERS)
  for (const text of ['reason', 'error'] as const) {
    if (filter[text] !== undefined) checkText(text, filter[text], text === 'error' ? 1 : 0, MAX_REASON)
  }
  for (const time of ['diedFrom', 'diedTo'] as const) {
    if (filter[time] !== undefined) checkInteger(time, filter[time], 0, Number.MAX_SAFE_INTEGER)
  }
  const { diedFrom = 0, diedTo = diedFrom } = filter
  if (diedFrom > diedTo)
    throw invalidOption('diedFrom', `diedFrom (${diedFrom}) must not be after diedTo (${diedTo})`, diedFrom)
  return filter
}

export function fits(dead: DeadTask, filter: DeadFilter): boolean {
  if (filter.reason !== undefined && dead.reason !== filter.reason) return false
  const { error: part } = filter
  const error = part === undefined ? undefined : factsOf(dead.detail)
  return part === undefined || [error?.name, error?.code, error?.message].some((text) => text?.includes(part))
}
