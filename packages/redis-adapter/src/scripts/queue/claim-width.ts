import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { NOW, refuseLayout } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

/**
 * `wanted`: a layout, as its text; without a revision only the number counts. `instead`: in the place of this one; '' for
 * none. `sure`: it is known that no other was decided before.
 */
export const CLAIM = { wanted: 'text', instead: 'text', sure: 'flag' } as const

/** A layout of partitions, in Lua. */
export const IS_DIVIDED = '^p%d[%d%.v@%+/#]*$'

/** What is said of a layout: it holds, nobody was sure of it yet, or it was released. */
const HOLDS = 0
export const IS_NEW = 1
export const IS_LEFT = 2

/**
 * KEYS     meta tasks producers lanes schedules
 * ARGV     CLAIM
 * RETURNS  how the queue is divided, as text; '': it is not, but it is there. And HOLDS, IS_NEW or IS_LEFT
 * Of a queue as if it had no partitions. Where nothing is there it is divided as wanted: the layout begins with "p" and their number, which every other script of this queue refuses,
 * also that of an older version; its revision is the time, so that it is told from one of an earlier queue of this name. Claimed again after it was released, it has no time to end any
 * more. O(1).
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
local isReplaced = has and has == instead and has ~= wanted and (sure or not left)
if isReplaced then has = wanted end
if has then
  local isAsWanted = has == wanted
  local number = string.match(wanted, '^p(%d+)$')
  if number then
    -- A definition says only how many, now or before.
    local was = string.match(has, '/([%d%.]+)') or ''
    isAsWanted = isAsWanted or (string.find('+' .. string.sub(has, 2), '+' .. number .. 'v', 1, true)
      or string.find('.' .. was .. '.', '.' .. number .. '.', 1, true)) ~= nil
  end
  if isReplaced or (left and isAsWanted) then
    -- The key ends with its last field, and its time with it.
    redis.call('HDEL', meta, 'layout', 'left', 'marks', 'new')
    redis.call('HSET', meta, 'layout', has, 'new', 1)
    if marks then redis.call('HSET', meta, 'marks', marks) end
    left, new = nil, '1'
  end
  if has == wanted and sure then
    redis.call('HDEL', meta, 'new')
    new = nil
  end
  return { has, left and ${IS_LEFT} or new and ${IS_NEW} or ${HOLDS} }
end
${arrangeParts(refuseLayout('layout', 'queue', 'layout'), NOW)}
if redis.call('EXISTS', meta, tasks, producers, lanes, schedules) > 0 then return { '', ${HOLDS} } end
if not sure and not string.find(wanted, '#', 1, true) then
  wanted = string.format('%sv%s@0#%s', wanted, time[1], time[1])
end
redis.call('HSET', meta, 'layout', wanted)
if sure then return { wanted, ${HOLDS} } end
redis.call('HSET', meta, 'new', 1)
return { wanted, ${IS_NEW} }
`,
})
