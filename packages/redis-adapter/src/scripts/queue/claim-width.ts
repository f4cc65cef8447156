import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { refuseLayout } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

/**
 * `wanted`: a layout, as its text. `instead`: in the place of this one; '' for none. `sure`: it is known that no other
 * was decided before.
 */
export const CLAIM = { wanted: 'text', instead: 'text', sure: 'flag' } as const

/** A layout of partitions, in Lua. */
export const IS_DIVIDED = '^p%d[%d%.v@%+/#]*$'

/**
 * KEYS     meta tasks producers lanes schedules
 * ARGV     CLAIM
 * RETURNS  how the queue is divided, as text; '': it is not, but it is there. And 1 until somebody was sure of it
 * Of a queue as if it had no partitions. Where nothing is there it is divided as wanted: the layout begins with "p" and their number, which every other script of this queue refuses,
 * also that of an older version. Claimed again after it was released, it has no time to end any more. O(1).
 */
export const claimWidthScript: Script = defineScript({
  name: 'claim-width',
  parts: ['meta', 'tasks', 'producers', 'lanes', 'schedules'],
  allowOom: false,
  lua: lua`
${readArguments(CLAIM)}
if #wanted > 200 or not string.find(wanted, '${IS_DIVIDED}') then return redis.error_reply('MQARGS a layout is not right') end
local layout, left, marks, new = unpack(redis.call('HMGET', meta, 'layout', 'left', 'marks', 'new'))
local has = layout and string.find(layout, '${IS_DIVIDED}') and layout
if has and has == instead and has ~= wanted then
  -- Those that it is divided into from now on have other places, but for one that was a mistake.
  if not string.find(wanted, '#', 1, true) then redis.call('HDEL', meta, 'marks') end
  redis.call('HSET', meta, 'layout', wanted, 'new', 1)
  has, new = wanted, '1'
end
if has then
  if has == wanted and sure then redis.call('HDEL', meta, 'new') end
  if has == wanted and left then
    -- The key ends with its last field, and its time with it.
    redis.call('HDEL', meta, 'layout', 'left', 'marks', 'new')
    redis.call('HSET', meta, 'layout', has, 'new', 1)
    if marks then redis.call('HSET', meta, 'marks', marks) end
  end
  return { has, ((new and not (sure and has == wanted)) or (left and has == wanted)) and 1 or 0 }
end
${arrangeParts(refuseLayout('layout', 'queue', 'layout'))}
if redis.call('EXISTS', meta, tasks, producers, lanes, schedules) > 0 then return { '', 0 } end
redis.call('HSET', meta, 'layout', wanted)
if sure then return { wanted, 0 } end
redis.call('HSET', meta, 'new', 1)
return { wanted, 1 }
`,
})
