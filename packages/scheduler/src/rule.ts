import { checkInteger, checkOptions, invalid, kindOf } from './checks.ts'
import { checkCron } from './cron.ts'

/** What happens to ticks that nobody came to in time. */
export type Missed = 'skip' | 'one' | 'all'

/** When a schedule ticks. Every text of it that is equal means the same. */
export interface Rule {
  readonly cron?: string | undefined
  readonly timeZone?: string | undefined
  readonly everyMs?: number | undefined
  readonly from?: number | undefined
  readonly until?: number | undefined
  readonly missed: Missed
  readonly jitterMs: number
  readonly paused: boolean
}

/** The options that make a rule. */
export interface RuleOptions {
  readonly cron?: string | undefined
  readonly timeZone?: string | undefined
  readonly everyMs?: number | undefined
  readonly from?: number | Date | undefined
  readonly until?: number | Date | undefined
  readonly missed?: Missed | undefined
  readonly jitterMs?: number | undefined
}

export const RULE_OPTIONS: readonly (keyof RuleOptions)[] = [
  'cron',
  'everyMs',
  'timeZone',
  'from',
  'until',
  'missed',
  'jitterMs',
]
const MISSED: readonly unknown[] = ['skip', 'one', 'all']

const LEAST_EVERY_MS = 100
/** Ten years. */
const MOST_MS = 315_360_000_000
/** The latest instant of a Date. */
const LATEST = 8_640_000_000_000_000

/** Throws `invalid-options`. */
export function checkRule(options: RuleOptions, paused = false): Rule {
  const { cron, everyMs, timeZone, missed = 'one', jitterMs = 0 } = options
  if ((cron === undefined) === (everyMs === undefined)) {
    throw invalid('cron', 'a schedule has either cron or everyMs', cron)
  }
  if (!MISSED.includes(missed)) {
    throw invalid('missed', `missed must be 'skip', 'one' or 'all', not ${kindOf(missed)}`, missed)
  }
  const [from, until] = [checkInstant('from', options.from), checkInstant('until', options.until)]
  if (from !== undefined && until !== undefined && until < from) {
    throw invalid('until', 'until must not be before from', until)
  }
  const bounds = { from, until, missed, jitterMs: checkInteger('jitterMs', jitterMs, 0, MOST_MS), paused }
  if (cron === undefined) {
    if (timeZone !== undefined) throw invalid('timeZone', 'timeZone is of cron; everyMs has none', timeZone)
    return { everyMs: checkInteger('everyMs', everyMs, LEAST_EVERY_MS, MOST_MS), ...bounds }
  }
  const zone = timeZone === undefined ? 'UTC' : timeZone
  checkCron(cron, zone)
  return { cron, timeZone: zone, ...bounds }
}

function checkInstant(option: string, value: number | Date | undefined): number | undefined {
  if (value === undefined) return undefined
  let instant: unknown = value
  try {
    if (value instanceof Date) instant = Date.prototype.getTime.call(value)
  } catch {
    instant = undefined
  }
  return checkInteger(option, instant, 0, LATEST)
}

/** A line of JSON; the same for the same rule. */
export function ruleText({ cron, timeZone, everyMs, from, until, missed, jitterMs, paused }: Rule): string {
  return JSON.stringify({ cron, timeZone, everyMs, from, until, missed, jitterMs, paused: paused || undefined })
}

/** Undefined: another program wrote it. */
export function parseRule(text: string): Rule | undefined {
  try {
    const { paused = false, ...options } = JSON.parse(text) as RuleOptions & { readonly paused?: unknown }
    if (typeof paused !== 'boolean') return undefined
    return checkRule(checkOptions('a rule', options, RULE_OPTIONS), paused)
  } catch {
    return undefined
  }
}

/** The options in which two rules differ. */
export function differences(one: Rule, other: Rule): string[] {
  return RULE_OPTIONS.filter((option) => one[option] !== other[option])
}
