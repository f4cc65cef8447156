import type { SchedulesPage, SchedulesQuery } from '@mq/core/adapter'
import { argumentsOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { NOW, REFUSE_LAYOUT } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { numberOf, parseSchedules, SCHEDULE_OF, TICKER_SEEN, tickerSeen } from './schedule-parts.ts'

/** `after`: '' for the first page. `afterAt`: when that one was due, or "inf". */
const LIST = { limit: 'number', maxBytes: 'number', after: 'text', afterAt: 'text' } as const

/**
 * KEYS     meta schedules due
 * ARGV     LIST
 * RETURNS  {now, the last name and when it is due ('' for never) where others follow, else '' and '', names and records alternately}; nil
 *          for a record that is none of ours
 * Writes nothing. O(limit + log n).
 */
export const listSchedulesScript: Script = defineScript({
  name: 'list-schedules',
  parts: ['meta', 'schedules', 'due'],
  allowOom: true,
  lua: lua`
${readArguments(LIST)}
if not (limit and limit >= 1 and limit <= 1000 and maxBytes and afterAt and (afterAt == 'inf' or string.find(afterAt, '^%d*$'))) then
  return redis.error_reply('MQARGS a page is not right')
end
${arrangeParts(NOW, REFUSE_LAYOUT, SCHEDULE_OF, TICKER_SEEN)}
redis.call('HLEN', schedules)
local count, first = redis.call('ZCARD', due), 0
if after ~= '' then
  local score = redis.call('ZSCORE', due, after)
  if score and tonumber(score) == tonumber(afterAt) then
    first = redis.call('ZRANK', due, after) + 1
  else
    -- It is no more, or due at another time: those of its time may come again.
    first = redis.call('ZCOUNT', due, '-inf', '(' .. afterAt)
  end
end
local names = redis.call('ZRANGE', due, first, first + limit - 1, 'WITHSCORES')
local found, left, taken = {}, maxBytes, 0
for i = 1, #names, 2 do
  local size = redis.call('HSTRLEN', schedules, names[i])
  if size > left and taken > 0 then break end
  local record = redis.call('HGET', schedules, names[i])
  left, taken = left - size, taken + 1
  found[#found + 1] = names[i]
  found[#found + 1] = scheduleOf(record) and record or false
end
local last, lastAt = '', ''
if taken > 0 and first + taken < count then
  last, lastAt = names[2 * taken - 1], names[2 * taken]
  lastAt = lastAt == 'inf' and '' or string.format('%.0f', tonumber(lastAt))
end
return { now, last, lastAt, found, ticker }
`,
})

export function listArguments({ after, limit }: SchedulesQuery, maxBytes: number): (string | number)[] {
  return argumentsOf(LIST, {
    limit,
    maxBytes,
    after: after?.name ?? '',
    afterAt: after === undefined ? '' : (after.dueAt ?? 'inf'),
  })
}

export function parseList(reply: unknown): SchedulesPage {
  const [at, last, lastAt, found, ago] = reply as [number, string, string, (string | null)[], number]
  const next = last === '' ? undefined : { name: last, dueAt: numberOf(lastAt) }
  return { at, ...parseSchedules(found), next, ...tickerSeen(ago) }
}
