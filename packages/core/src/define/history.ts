import type { HistoryLimits } from '../ports/history-limits.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import type { OutcomeLimits } from '../ports/queue-driver.ts'
import { checkInteger, checkOptions } from './check.ts'

/**
 * At least one of the three bounds. Whichever is reached first drops the oldest messages that every group has been
 * given; for groups that are behind, messages are kept up to `unreadFactor` times the bounds.
 */
export interface History {
  readonly maxAgeMs?: number | undefined
  readonly maxCount?: number | undefined
  /** Bytes of the messages as they are stored, without the overhead of the storage. */
  readonly maxBytes?: number | undefined
  /**
   * 1–1,000. Default 10. Beyond it the oldest messages are dropped even so, and the groups that miss them are notified
   * of the number.
   */
  readonly unreadFactor?: number | undefined
  /** A group that had no member for this time is dropped. Default 604,800,000 (7 days). */
  readonly groupExpiresMs?: number | undefined
}

/** What follows the name of a queue where its outcomes are meant: no name has a colon. */
export const OUTCOMES = ':outcomes'

const BOUNDS = ['maxAgeMs', 'maxCount', 'maxBytes'] as const
const WEEK_MS = 604_800_000
const MAX_OUTCOME_BYTES = 67_108_864

/** `what`: the option that has it. Throws a TypeError that names what is at fault. */
export function resolveHistory(what: string, history: History): HistoryLimits {
  history = checkOptions(what, history, [...BOUNDS, 'unreadFactor', 'groupExpiresMs'])
  const bounds = BOUNDS.filter((option) => history[option] !== undefined)
  if (bounds.length === 0) throw new TypeError(`${what} needs a bound: ${BOUNDS.join(', ')}`)
  const { unreadFactor, groupExpiresMs } = history
  return {
    ...Object.fromEntries(
      bounds.map((option) => [option, checkInteger(`${what}.${option}`, history[option], 1, MOST[option])]),
    ),
    unreadFactor: checkInteger(`${what}.unreadFactor`, unreadFactor ?? 10, 1, 1_000),
    groupExpiresMs: checkInteger(`${what}.groupExpiresMs`, groupExpiresMs ?? WEEK_MS, 10_000, MAX_DELAY_MS),
  }
}

/** As the history of a channel; where no bound of the bytes is given, results might fill the storage. */
export function resolveOutcomes(given: History | false): OutcomeLimits {
  return given === false ? false : { maxBytes: MAX_OUTCOME_BYTES, ...resolveHistory('outcomes', given) }
}

/** So that no product with `unreadFactor` exceeds the safe integers. */
const MOST = { maxAgeMs: MAX_DELAY_MS, maxCount: 1_000_000_000_000, maxBytes: 1_000_000_000_000 }
