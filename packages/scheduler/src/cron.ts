import { Cron } from 'croner'
import { invalid, kindOf } from './checks.ts'

const MOST_CHARACTERS = 256
/** Parsed patterns that are kept. */
const MOST_KEPT = 1_000
const kept = new Map<string, Kept>()

interface Kept {
  readonly cron: Cron
  /** No tick is between the two, so that schedules of one pattern share what was found, which takes long. */
  after: number
  next: number | undefined
  /** Whether it names any date that comes; undefined: nobody has asked. */
  ticks: boolean | undefined
}

/** Throws `invalid-options` for a pattern or a time zone that is none. */
export function checkCron(pattern: unknown, timeZone: unknown): void {
  if (typeof pattern !== 'string' || pattern.length > MOST_CHARACTERS) {
    const given = typeof pattern === 'string' ? `${pattern.length}` : kindOf(pattern)
    throw invalid('cron', `cron must be a text of at most ${MOST_CHARACTERS} characters, not ${given}`, pattern)
  }
  if (typeof timeZone !== 'string' || !isZone(timeZone)) {
    throw invalid('timeZone', 'timeZone must be one of the IANA names, such as Europe/Berlin or UTC', timeZone)
  }
  // croner takes an instant, too, and puts the time of the process in place of a question mark.
  if (/[:?\n]/.test(pattern)) {
    throw invalid('cron', 'cron must be a pattern such as "0 9 * * MON-FRI", without : and ?', pattern)
  }
  try {
    cronOf(pattern, timeZone)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : 'it is no pattern'
    throw invalid('cron', `cron cannot be read: ${why.slice(0, 200)}`, pattern, cause)
  }
}

/** The first tick after an instant, ms since 1970; undefined when there is none. */
export function nextOfCron(pattern: string, timeZone: string, after: number): number | undefined {
  const known = cronOf(pattern, timeZone)
  if (after >= known.after && known.next !== undefined && after < known.next) return known.next
  // Ticks are on whole seconds.
  known.after = Math.floor(after / 1_000) * 1_000
  known.next = known.cron.nextRun(new Date(known.after))?.getTime()
  return known.next
}

/** Whether a pattern names a date at all, from 1970 on. */
export function everTicks(pattern: string, timeZone: string): boolean {
  const known = cronOf(pattern, timeZone)
  return (known.ticks ??= known.cron.nextRun(new Date(0)) !== null)
}

/** Throws an Error for a pattern that is none. */
function cronOf(pattern: string, timezone: string): Kept {
  const key = `${timezone} ${pattern}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const cron = new Cron(pattern, { timezone, paused: true })
  if (cron.getPattern() === undefined) throw new Error('it is an instant')
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!)
  const made = { cron, after: Number.POSITIVE_INFINITY, next: undefined, ticks: undefined }
  kept.set(key, made)
  return made
}

/** For its test. */
export function patternsKept(): number {
  return kept.size
}

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}
