// As check-arguments.ts, for the schedules of a queue.
import { checkKey, checkLane, checkOutcomes } from './check-arguments.ts'
import { checkCount, checkDuration, checkInteger, checkText, refuse } from './check-values.ts'
import { MAX_BATCH, MAX_LEVEL, MAX_SCHEDULE_NAME, MAX_WEIGHT } from './limits.ts'
import type { NewSchedule, SchedulesQuery, TickBatch } from './schedules.ts'

/** The latest instant of a Date. */
const LATEST = 8_640_000_000_000_000
const REVISION = /^\d{1,16}$/

export function checkScheduleName(name: string): void {
  checkText('a name', name)
  if (name.length === 0 || name.length > MAX_SCHEDULE_NAME) {
    refuse(`a name has 1–${MAX_SCHEDULE_NAME} characters, not ${name.length}`)
  }
  if (!isWellFormed(name)) refuse('a name is well-formed Unicode')
}

/** The arguments of `page`. */
export function checkSchedulesQuery({ after, limit }: SchedulesQuery): void {
  checkInteger('limit', limit, 1, MAX_BATCH)
  if (after === undefined) return
  checkScheduleName(after.name)
  checkInstant(after.dueAt)
}

/** The argument of `due`. */
export function checkDueLimit(limit: number): void {
  checkInteger('limit', limit, 1, MAX_BATCH)
}

/** The argument of `set`. */
export function checkNewSchedule({ name, body, dueAt, before }: NewSchedule): void {
  checkScheduleName(name)
  checkText('a body', body)
  checkInstant(dueAt)
  if (before === undefined) return
  checkRevision(before.revision)
  checkInstant(before.dueAt)
}

/** The argument of `tick`. */
export function checkTicks({ lane, seq, ticks, outcomes }: TickBatch): void {
  checkLane(lane, seq)
  if (outcomes) checkOutcomes(outcomes)
  checkCount('ticks', ticks.length)
  let count = 0
  const names = new Set<string>()
  for (const { name, revision, dueAt, nextDueAt, lastAt, tasks } of ticks) {
    checkScheduleName(name)
    if (names.has(name)) refuse('a batch has one tick of a schedule')
    names.add(name)
    checkRevision(revision)
    checkInstant(dueAt)
    checkInstant(nextDueAt)
    checkInstant(lastAt)
    if (nextDueAt !== undefined && !(dueAt !== undefined && nextDueAt > dueAt)) refuse('the next tick is a later one')
    if (lastAt !== undefined && !(dueAt !== undefined && lastAt >= dueAt)) refuse('the last instant is no earlier one')
    count += tasks.length
    checkCount('tasks', count)
    for (const { level, key, weight, delayMs, header, payload } of tasks) {
      checkInteger('level', level, 0, MAX_LEVEL)
      if (key !== undefined) checkKey(key)
      if (weight !== undefined) checkInteger('weight', weight, 1, MAX_WEIGHT)
      checkDuration('delayMs', delayMs)
      checkText('a header', header)
      if (header.includes('\n')) refuse('a header has no newline')
      checkText('a payload', payload)
    }
  }
}

function checkInstant(at: number | undefined): void {
  if (at !== undefined) checkInteger('an instant', at, 0, LATEST)
}

function checkRevision(revision: string): void {
  checkText('a revision', revision)
  if (!REVISION.test(revision)) refuse('a revision is what set answered')
}

/** Whether a text can be written as UTF-8 and read again: no half of a surrogate pair stands alone. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}
