import type { BookPlace, KeptSchedule, ScheduleBook } from '@mq/core'
import { invalid } from './checks.ts'
import { parseRule } from './rule.ts'
import type { ScheduleEntry } from './scheduler.ts'
import { MISSED_AFTER_MS } from './ticks.ts'

/** What is said of a schedule, at an instant of the storage. */
export function entryOf(book: Pick<ScheduleBook, 'optionsOf'>, schedule: KeptSchedule, at: number): ScheduleEntry {
  const { name, task, dueAt, lastAt, lastTask } = schedule
  const rule = parseRule(schedule.rule)
  if (rule === undefined) return { name, state: 'invalid' }
  const { paused, ...rest } = rule
  const timed = dueAt === undefined ? 'over' : dueAt < at - MISSED_AFTER_MS ? 'overdue' : 'active'
  const options = book.optionsOf(task)
  const of = { payload: valueOf(task.payload), priority: task.level, options, nextAt: dueAt, lastAt, lastTask }
  return { name, state: paused ? 'paused' : timed, ...rest, ...of }
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Where a page ends, as a text for its reader: letters, digits, - and _. */
export function cursorOf(place: BookPlace | undefined): string | undefined {
  if (place === undefined) return undefined
  return `${place.dueAt ?? ''}-${Buffer.from(place.name).toString('base64url')}`
}

/** Throws `invalid-options` for what is no cursor. */
export function placeOf(cursor: string | undefined): BookPlace | undefined {
  if (cursor === undefined) return undefined
  const [, dueAt, encoded] = /^(\d{0,16})-([\w-]{1,1100})$/.exec(cursor) ?? []
  const name = encoded === undefined ? '' : Buffer.from(encoded, 'base64url').toString()
  if (name === '' || name.length > 256) throw invalid('after', 'after is not the next of a page of schedules', cursor)
  return { name, dueAt: dueAt ? Number(dueAt) : undefined }
}
