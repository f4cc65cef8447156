import { MqError } from '@mq/core'
import type { BookEntry, BookReading, KeptSchedule, KeptTask, ScheduleBook } from '@mq/core'
import { doAhead } from './do-due.ts'
import { parseRule, ruleText } from './rule.ts'
import type { Rule } from './rule.ts'
import { nextTick } from './ticks.ts'

/** A change is tried again while others change the same schedule at the same time. */
export const MOST_TRIES = 100
/** As far as what is known of the storage's time may be wrong, ms, unless its clock was set. */
const GUESS_OFF_MS = 1_000

/**
 * Where it is due again before the storage is asked again, ticks that are to come are done with the one that is due:
 * for so long at first, and at the most, ms.
 */
const FIRST_AHEAD_MS = 200
const MOST_AHEAD_MS = 10_000
/** How long it waits for a tick at the most; how long before it is due the call for it is sent; and after others. */
const MOST_WAIT_MS = 1_000
const EARLY_MS = 20
const MOST_PAUSE_MS = 100

interface Change {
  readonly rule: Rule
  readonly task: KeptTask
}

interface Made extends Change {
  readonly dueAt: number | undefined
}

/** Undefined leaves it as it is. */
type Make = (schedule: KeptSchedule | undefined, at: number) => Change | undefined

/** Sets it where there is none, in one call where that is possible; or answers what is there. */
export async function create(
  book: ScheduleBook<any>,
  name: string,
  change: Change,
): Promise<
  { readonly made: Made; readonly reading?: undefined } | { readonly made?: undefined; readonly reading: BookReading }
> {
  const guess = book.guessAt()
  const dueAt = guess === undefined ? undefined : nextTick(change.rule, guess)
  // One that ticks within moments waits for what the storage says of its time.
  const isNear = guess === undefined || (dueAt !== undefined && dueAt - guess <= GUESS_OFF_MS)
  if (isNear) return { reading: await book.read(name) }
  const answer = await book.set(entryOf(name, change, dueAt))
  if (answer.state !== 'set') return { reading: answer }
  const right = nextTick(change.rule, answer.at)
  // The storage's clock was set, or this process stood still. Where somebody else changes it meanwhile, that is newer.
  if (right !== dueAt) {
    if (dueAt !== undefined && dueAt <= answer.at) {
      // A tick of a time before it was set is none.
      await book.remove(name)
      return { reading: { at: answer.at } }
    }
    await book.set(entryOf(name, change, right), { revision: answer.revision, dueAt })
  }
  return { made: { ...change, dueAt: right } }
}

/** Changes what is there, if anything, and does a tick first whose time has come. */
export async function change(
  book: ScheduleBook<any>,
  name: string,
  first: BookReading,
  make: Make,
): Promise<Made | undefined> {
  let reading = first
  let aheadMs = 0
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (tries > 0) {
      reading = await tickFirst(book, name, reading, { tries, aheadMs })
      aheadMs = Math.min(MOST_AHEAD_MS, Math.max(FIRST_AHEAD_MS, 2 * aheadMs))
    }
    const { at, schedule } = reading
    const made = make(schedule, at)
    if (made === undefined) return undefined
    const dueAt = made.rule.paused ? undefined : nextTick(made.rule, doneUntil(schedule, at))
    const answer = await book.set(entryOf(name, made, dueAt), schedule)
    if (answer.state === 'set') return { ...made, dueAt }
    reading = answer
  }
  throw contended(book)
}

/**
 * Does the tick that is due, with those of the next `aheadMs`. After the first try somebody else is ticking it, who is
 * always first: he may be in step with this. So every other time it is the tick behind that one, and it is sent so that
 * it comes when that is due: whoever else ticks it asks first whether it is. Answers what is there then.
 */
async function tickFirst(
  book: ScheduleBook<any>,
  name: string,
  reading: BookReading,
  { tries, aheadMs }: { readonly tries: number; readonly aheadMs: number },
): Promise<BookReading> {
  const { at, schedule } = reading
  const now = (): number => Math.max(at, book.guessAt() ?? at)
  const rule = schedule && parseRule(schedule.rule)
  const isDue = schedule?.dueAt !== undefined && schedule.dueAt <= now()
  const dueAt = isDue && tries % 2 === 0 && rule !== undefined ? nextTick(rule, now()) : schedule?.dueAt
  if (schedule === undefined || dueAt === undefined) return reading
  const inMs = dueAt - now()
  if (inMs > (tries > 1 ? MOST_WAIT_MS : 0)) return reading
  if (inMs > 0) await book.pause(Math.max(0, inMs - EARLY_MS))
  else if (tries > 1) await book.pause(Math.random() * MOST_PAUSE_MS)
  const done = await doAhead(book, { ...schedule, dueAt }, now(), aheadMs)
  return done === undefined ? book.read(name) : { at: now(), schedule: done }
}

/** Its instants until then have their tasks, if the storage's clock was not set back. */
function doneUntil(schedule: KeptSchedule | undefined, at: number): number {
  const { lastAt = at } = schedule ?? {}
  return lastAt > at && lastAt <= at + MOST_AHEAD_MS ? lastAt : at
}

export function contended({ queue }: ScheduleBook<any>): MqError {
  return new MqError('unavailable', `schedule of queue ${queue} was changed by others again and again`)
}

function entryOf(name: string, { rule, task }: Change, dueAt: number | undefined): BookEntry {
  return { name, rule: ruleText(rule), task, dueAt }
}
