import { MAX_DELAY_MS, MAX_LEVEL } from '../ports/limits.ts'
import type { StoredSchedule } from '../ports/schedules.ts'
import { tryReading } from '../values/try-reading.ts'
import { decodeHeader } from '../wire/header.ts'
import type { BookEntry, KeptSchedule } from './schedule-book.ts'

/** A schedule as storages keep it: a line with its rule, one with level and delay, its header, and then its payload. */
export function bodyOf({ rule, task }: Pick<BookEntry, 'rule' | 'task'>): string {
  return `${rule}\n${task.level} ${task.delayMs}\n${task.header}\n${task.payload}`
}

/** Undefined: it cannot be read. */
export function keptSchedule({ body, lastTask, ...stored }: StoredSchedule): KeptSchedule | undefined {
  const [, rule, level, delay, header, payload] = /^([^\n]*)\n(\d) (\d{1,15})\n([^\n]*)\n(.*)$/s.exec(body) ?? []
  if (rule === undefined || header === undefined || payload === undefined) return undefined
  const task = { level: Number(level), delayMs: Number(delay), header, payload }
  if (task.level > MAX_LEVEL || task.delayMs > MAX_DELAY_MS) return undefined
  if (tryReading(() => decodeHeader(header)) === undefined) return undefined
  return { ...stored, rule, task, lastTask: lastTask === undefined ? undefined : `n${lastTask}` }
}
