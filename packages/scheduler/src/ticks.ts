import { nextOfCron } from './cron.ts'
import type { Rule } from './rule.ts'

/** A tick is missed when nobody came to it for so long, ms. */
export const MISSED_AFTER_MS = 60_000
/** The most missed ticks for which `missed: 'all'` makes tasks: the newest. */
export const MOST_MADE_UP = 1_000
/** How far back the newest missed ticks are looked for first, ms, and by how much further each time. */
const FIRST_LOOK_MS = 60_000
const FURTHER = 2

/** The first tick after an instant, ms since 1970; undefined when there is none. */
export function nextTick(rule: Rule, after: number): number | undefined {
  const { from, until, cron, timeZone, everyMs } = rule
  const since = from === undefined ? after : Math.max(after, from - 1)
  const next = cron === undefined ? nextOfInterval(everyMs!, from ?? 0, since) : nextOfCron(cron, timeZone!, since)
  return next === undefined || (until !== undefined && next > until) ? undefined : next
}

/** Ticks are whole intervals from `from` on, or from 1970: the same for everybody, whenever they ask. */
function nextOfInterval(everyMs: number, first: number, after: number): number {
  return first + (Math.floor((after - first) / everyMs) + 1) * everyMs
}

/** The ticks from `first`, which is one, up to `last`, and the one that follows. */
function ticksFrom(rule: Rule, first: number | undefined, last: number): { ticks: number[]; next: number | undefined } {
  const ticks: number[] = []
  let tick = first
  for (; tick !== undefined && tick <= last; tick = nextTick(rule, tick)) ticks.push(tick)
  return { ticks, next: tick }
}

/** The newest ticks from `dueAt`, which is one, to before `end`: at most `most`, and whether there are others. */
function newestMissed(rule: Rule, dueAt: number, end: number, most: number): { ticks: number[]; hasMore: boolean } {
  let found: number[] = []
  let until = end
  for (let back = FIRST_LOOK_MS; ; back *= FURTHER) {
    const start = Math.max(dueAt, end - back)
    const first = start === dueAt ? dueAt : nextTick(rule, start - 1)
    found = [...ticksFrom(rule, first, until - 1).ticks, ...found]
    until = start
    if (found.length >= most || start === dueAt) {
      return { ticks: found.slice(-most), hasMore: found.length > most || start > dueAt }
    }
  }
}

export interface Due {
  /** For which there is a task each. */
  readonly instants: readonly number[]
  readonly nextDueAt: number | undefined
  /** Some ticks were missed. */
  readonly hasMissed: boolean
  /** Some of them are beyond what `missed: 'all'` makes up for. */
  readonly hasDropped: boolean
}

/** What is to be done at `at` of a schedule whose tick of `dueAt` has come; `until`: with ticks that are to come. */
export function dueTicks(rule: Rule, dueAt: number, at: number, until: number = at): Due {
  const fresh = at - MISSED_AFTER_MS
  const hasMissed = dueAt < fresh
  const missed = hasMissed ? madeUp(rule, dueAt, fresh) : { ticks: [], hasMore: false }
  const { ticks, next } = ticksFrom(rule, hasMissed ? nextTick(rule, fresh - 1) : dueAt, until)
  return {
    instants: [...missed.ticks, ...ticks],
    nextDueAt: next,
    hasMissed,
    hasDropped: rule.missed === 'all' && missed.hasMore,
  }
}

function madeUp(rule: Rule, dueAt: number, end: number): { ticks: number[]; hasMore: boolean } {
  if (rule.missed === 'skip') return { ticks: [], hasMore: true }
  return newestMissed(rule, dueAt, end, rule.missed === 'one' ? 1 : MOST_MADE_UP)
}
