import { MqError } from '@mq/core'
import type { BookEntry, BookReading, KeptSchedule, KeptTask, ScheduleBook } from '@mq/core'
import { doDue } from './do-due.ts'
import { ruleText } from './rule.ts'
import type { Rule } from './rule.ts'
import { nextTick } from './ticks.ts'

/** A change is tried again while others change the same schedule at the same time. */
export const MOST_TRIES = 100
/** As far as what is known of the storage's time may be wrong, ms, unless its clock was set. */
const GUESS_OFF_MS = 1_000

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
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { at, schedule } = reading
    const made = make(schedule, at)
    if (made === undefined) return undefined
    const dueAt = made.rule.paused ? undefined : nextTick(made.rule, at)
    const answer = await book.set(entryOf(name, made, dueAt), schedule)
    if (answer.state === 'set') return { ...made, dueAt }
    reading = answer
    if (answer.state === 'due' && answer.schedule !== undefined) {
      await doDue(book, [answer.schedule], answer.at)
      reading = await book.read(name)
    }
  }
  throw contended(book)
}

export function contended({ queue }: ScheduleBook<any>): MqError {
  return new MqError('unavailable', `schedule of queue ${queue} was changed by others again and again`)
}

function entryOf(name: string, { rule, task }: Change, dueAt: number | undefined): BookEntry {
  return { name, rule: ruleText(rule), task, dueAt }
}
