import type { NewSchedule, ScheduleSet } from '@mq/core/adapter'
import { argumentsOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { TELL } from '../parts/hints.ts'
import { LAYOUT, NOW, refuseLayout } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { readingOf } from './read-schedule.ts'
import { SCHEDULE_OF } from './schedule-parts.ts'

/** `revision`: '' where there has to be none. `listeners`: topic of the queue's. */
const SET = {
  name: 'text',
  dueAt: 'text',
  revision: 'text',
  wasDueAt: 'text',
  listeners: 'text',
  body: 'text',
} as const

/**
 * KEYS     meta schedules due
 * ARGV     SET
 * RETURNS  {now, its revision; or "s" when another is there, or none; or "d" when the one that is there has to be ticked first; or "m" in a partition that is sealed and has none; then the record that is there or nil}
 * O(log n).
 */
export const setScheduleScript: Script = defineScript({
  name: 'set-schedule',
  parts: ['meta', 'schedules', 'due'],
  allowOom: false,
  lua: lua`
${readArguments(SET)}
if not (body and string.find(dueAt, '^%d*$') and #dueAt < 17) then return redis.error_reply('MQARGS a schedule is not right') end
local layout, sealed = unpack(redis.call('HMGET', meta, 'layout', 'sealed'))
${arrangeParts(NOW, refuseLayout('layout', 'queue', 'layout'), TELL, SCHEDULE_OF)}
local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
local record = redis.call('HGET', schedules, name)
local before, at, lastAt, lastTask = scheduleOf(record)
if sealed and not before then return { now, 'm' } end
if (before or '') ~= revision or (before and at ~= wasDueAt) then return { now, 's', record } end
if before and at ~= '' and tonumber(at) <= now then return { now, 'd', record } end
local new = string.format('%.0f', math.max(time[1] * 1000000 + time[2], (tonumber(before) or 0) + 1))
if not layout then redis.call('HSET', meta, 'layout', ${LAYOUT}) end
redis.call('HSET', schedules, name, new .. '|' .. dueAt .. '|' .. (lastAt or '') .. '|' .. (lastTask or '') .. '\\n' .. body)
redis.call('ZADD', due, dueAt == '' and 'inf' or dueAt, name)
-- Who sleeps until the first of them is due has to know of an earlier one only.
if dueAt ~= '' and tonumber(dueAt) < (tonumber(first) or math.huge) then tell(listeners, 'd') end
return { now, new }
`,
})

export function setArguments({ name, body, dueAt, before }: NewSchedule, listeners: string): (string | number)[] {
  return argumentsOf(SET, {
    name,
    dueAt: dueAt ?? '',
    revision: before?.revision ?? '',
    wasDueAt: before?.dueAt ?? '',
    listeners,
    body,
  })
}

export function parseSet(name: string, reply: unknown): ScheduleSet {
  const [at, answer, record] = reply as [number, string, string | null | undefined]
  if (answer === 'm') return { state: 'moved', at }
  if (answer !== 's' && answer !== 'd') return { state: 'set', at, revision: answer }
  return { state: answer === 's' ? 'stale' : 'due', ...readingOf(name, at, record) }
}
