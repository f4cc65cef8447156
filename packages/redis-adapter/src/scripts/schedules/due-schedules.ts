import type { DueSchedules } from '@mq/core/adapter'
import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { NOW, REFUSE_LAYOUT } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { numberOf, parseSchedules, SCHEDULE_OF } from './schedule-parts.ts'

export const DUE = { limit: 'number', maxBytes: 'number' } as const

/**
 * KEYS     meta schedules due
 * ARGV     DUE
 * RETURNS  {now, when the earliest of the others is due or '', names and records alternately}; nil for a record that is none of ours
 * Repairs what `due` says of those that it meets, and notes that a scheduler was here, where there are some. O(limit + log n).
 */
export const dueSchedulesScript: Script = defineScript({
  name: 'due-schedules',
  parts: ['meta', 'schedules', 'due'],
  allowOom: true,
  lua: lua`
${readArguments(DUE)}
if not (limit and limit >= 1 and limit <= 1000 and maxBytes) then return redis.error_reply('MQARGS a limit is not right') end
${arrangeParts(NOW, REFUSE_LAYOUT, SCHEDULE_OF)}
-- Of a wrong type it fails here, before anything is written.
redis.call('ZCARD', due)
if redis.call('HLEN', schedules) > 0 then redis.call('HSET', meta, 'ticker', string.format('%.0f', now)) end
local names = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
local found, kept, left = {}, 0, maxBytes
for i = 1, #names, 2 do
  local name, score = names[i], names[i + 1]
  local size = redis.call('HSTRLEN', schedules, name)
  if size > left and kept > 0 then break end
  local record = redis.call('HGET', schedules, name)
  local revision, at = scheduleOf(record)
  if revision and tonumber(at) == tonumber(score) then
    left, kept = left - size, kept + 1
    found[#found + 1] = name
    found[#found + 1] = record
  elseif revision then
    -- What the record says counts.
    redis.call('ZADD', due, at == '' and 'inf' or at, name)
  else
    found[#found + 1] = name
    found[#found + 1] = false
    if record then redis.call('ZADD', due, 'inf', name) else redis.call('ZREM', due, name) end
  end
end
local following = redis.call('ZRANGE', due, kept, kept, 'WITHSCORES')[2]
if not following or following == 'inf' then following = '' else following = string.format('%.0f', tonumber(following)) end
return { now, following, found }
`,
})

export function parseDue(reply: unknown): DueSchedules {
  const [at, following, found] = reply as [number, string, (string | null)[]]
  return { at, ...parseSchedules(found), nextDueAt: numberOf(following) }
}
