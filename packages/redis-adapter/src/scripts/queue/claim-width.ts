import { MAX_PARTITIONS } from '@mq/core/adapter'
import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { refuseLayout } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

/** `instead`: of this number, which was a mistake; '' for none. `sure`: it is known that no other was decided before. */
export const CLAIM = { wanted: 'number', instead: 'number', sure: 'flag' } as const

/**
 * KEYS     meta tasks producers lanes schedules
 * ARGV     CLAIM
 * RETURNS  how many partitions the queue has; 1: none, but it is there. And 1 until somebody was sure of it
 * Of a queue as if it had no partitions. Where nothing is there it gets as many as are wanted: the layout is "p" and their number, which every other script of this queue refuses,
 * also that of an older version. Claimed again after it was released, it has no time to end any more. O(1).
 */
export const claimWidthScript: Script = defineScript({
  name: 'claim-width',
  parts: ['meta', 'tasks', 'producers', 'lanes', 'schedules'],
  allowOom: false,
  lua: lua`
${readArguments(CLAIM)}
if not (wanted and wanted % 1 == 0 and wanted >= 2 and wanted <= ${MAX_PARTITIONS}) then
  return redis.error_reply('MQARGS a number of partitions is not right')
end
local layout, left, marks, new = unpack(redis.call('HMGET', meta, 'layout', 'left', 'marks', 'new'))
local has = layout and tonumber(string.match(layout, '^p(%d+)$'))
if has and has == instead then
  redis.call('HDEL', meta, 'marks')
  redis.call('HSET', meta, 'layout', 'p' .. string.format('%.0f', wanted))
  has = wanted
end
if has then
  if has == wanted and sure then redis.call('HDEL', meta, 'new') end
  if has == wanted and left then
    -- The key ends with its last field, and its time with it.
    redis.call('HDEL', meta, 'layout', 'left', 'marks', 'new')
    redis.call('HSET', meta, 'layout', 'p' .. string.format('%.0f', has), 'new', 1)
    if marks then redis.call('HSET', meta, 'marks', marks) end
  end
  return { has, ((new and not sure) or left) and 1 or 0 }
end
${arrangeParts(refuseLayout('layout', 'queue', 'layout'))}
if redis.call('EXISTS', meta, tasks, producers, lanes, schedules) > 0 then return { 1, 0 } end
redis.call('HSET', meta, 'layout', 'p' .. string.format('%.0f', wanted))
if sure then return { wanted, 0 } end
redis.call('HSET', meta, 'new', 1)
return { wanted, 1 }
`,
})
