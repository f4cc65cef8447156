/** Lua of schedules, and how they are stored. */
import type { StoredSchedule } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/**
 * A record in `schedules`: its revision, when it is due, the tick that added tasks last and its last task, with bars between,
 * and '' for what is not there; a newline; the body. In `due` its name, scored by when it is due, +inf for never.
 * `scheduleOf(record)` gives these four and where the body begins, or nothing where it is no record of ours.
 */
export const SCHEDULE_OF: Part = definePart({
  name: 'SCHEDULE_OF',
  needs: '',
  gives: 'scheduleOf',
  lua: lua`
local function scheduleOf(record)
  local revision, at, lastAt, lastTask, body = string.match(record or '', '^(%d+)|(%d*)|(%d*)|(%d*)\\n()')
  if not revision or #revision > 16 or #at > 16 or #lastAt > 16 or #lastTask > 16 then return nil end
  return revision, at, lastAt, lastTask, body
end
`,
})

/** `ticker`: for how long no scheduler has looked, ms; -1 where none ever did. */
export const TICKER_SEEN: Part = definePart({
  name: 'TICKER_SEEN',
  needs: 'meta now',
  gives: 'ticker',
  lua: lua`
local ticker = redis.call('HGET', meta, 'ticker')
ticker = ticker and #ticker < 17 and string.find(ticker, '^%d+$') and math.max(0, now - tonumber(ticker)) or -1
`,
})

const RECORD = /^(\d{1,16})\|(\d{0,16})\|(\d{0,16})\|(\d{0,16})\n(.*)$/s

/** Undefined: another program wrote it. */
export function parseSchedule(name: string, record: string): StoredSchedule | undefined {
  const [, revision, dueAt, lastAt, lastTask, body] = RECORD.exec(record) ?? []
  if (revision === undefined || body === undefined) return undefined
  return { name, revision, dueAt: numberOf(dueAt), body, lastAt: numberOf(lastAt), lastTask: lastTask || undefined }
}

/** Names and records, alternately; null where the script saw that a record is none of ours, or missing. */
export function parseSchedules(found: readonly (string | null)[]): {
  readonly schedules: StoredSchedule[]
  readonly malformed: string[]
} {
  const [schedules, malformed]: [StoredSchedule[], string[]] = [[], []]
  for (let i = 0; i < found.length; i += 2) {
    const [name, record] = [found[i] ?? '', found[i + 1]]
    const schedule = typeof record === 'string' ? parseSchedule(name, record) : undefined
    if (schedule === undefined) malformed.push(name)
    else schedules.push(schedule)
  }
  return { schedules, malformed }
}

/** As `ticker` of TICKER_SEEN. */
export function tickerSeen(ago: number): { readonly tickerSeenAgoMs?: number } {
  return ago < 0 ? {} : { tickerSeenAgoMs: ago }
}

export function numberOf(digits: string | null | undefined): number | undefined {
  return digits ? Number(digits) : undefined
}
