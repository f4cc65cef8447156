import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import type { Redrive } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { DIGITS, GROUP_META, GROUP_TELL } from './group-parts.ts'
import { AMOUNT, DIED_AT, keepLimits, LIFT_DEAD, STORED_KEEP } from '../parts/keep.ts'
import { WAKE } from '../parts/hints.ts'
import { NOW } from '../parts/meta.ts'

/** Of each dead letter. `member`: its number or id. `diedThen`: when the caller saw it die, or ''. */
const LETTER = { member: 'text', diedThen: 'text', delay: 'number' } as const

/**
 * KEYS     meta hands held open returned back delays idle dead graves named
 * ARGV     LETTER for each dead letter
 * RETURNS  how many live again, indices of the others by commas
 * A new life as a message that came back: the grave holds its text, so the log need not. Refused where the group reads it anyway (it was
 * sent back): unread, returned, put in order, or in a hand. Of an ordered group it waits until a member tells its key. O(letters · log n + messages in the hands that stand where the letters do).
 */
export const groupRedriveScript: Script = defineScript({
  name: 'group-redrive',
  parts: ['meta', 'hands', 'held', 'open', 'returned', 'back', 'delays', 'idle', 'dead', 'graves', 'named'],
  allowOom: false,
  lua: lua`
if #ARGV % ${lengthOf(LETTER)} ~= 0 or #ARGV > ${1_000 * lengthOf(LETTER)} then return redis.error_reply('MQARGS a redrive is not right') end
for at = 1, #ARGV, ${lengthOf(LETTER)} do
  ${readArguments(LETTER, 'at', 'delay')}
  if not (delay and delay >= 0 and delay < 1e15 and delay % 1 == 0) then return redis.error_reply('MQARGS a delay is not right') end
end
${arrangeParts(NOW, DIGITS, GROUP_META, GROUP_TELL, WAKE, keepLimits("''", STORED_KEEP), AMOUNT, DIED_AT, LIFT_DEAD)}
for _, key in ipairs({ hands, held, returned, graves, named }) do redis.call('HLEN', key) end
for _, key in ipairs({ open, delays, idle, dead }) do redis.call('ZCARD', key) end
redis.call('LLEN', back)

local function placeOf(id)
  local ms, n = string.match(id, '^(%d+)%-(%d+)$')
  return tonumber(ms), tonumber(n)
end
local cursorMs, cursorN = placeOf(m[2] or '0-0')
-- What a claim took fresh, it took in order and with no other between: only one hand can hold it.
local freshIn = {}
local function isFresh(id, n)
  local hand = redis.call('ZREVRANGEBYSCORE', open, n, '-inf', 'LIMIT', 0, 1)[1]
  if not hand then return false end
  if not freshIn[hand] then
    local bits, index = redis.call('HGET', held, hand) or '', 0
    freshIn[hand] = {}
    for each in string.gmatch(string.match(redis.call('HGET', hands, hand) or '', '|(.*)$') or '', '[^,]+') do
      index = index + 1
      if string.byte(bits, index) == 49 then freshIn[hand][each] = true end
    end
  end
  return freshIn[hand][id]
end
local function livesAgain(id)
  local ms, n = placeOf(id)
  if not ms or ms > cursorMs or (ms == cursorMs and n > cursorN) then return true end
  return redis.call('HEXISTS', returned, id) == 1 or redis.call('HEXISTS', named, id) == 1 or isFresh(id, n)
end

local changed, refused, bytes = 0, {}, 0
for at = 1, #ARGV, ${lengthOf(LETTER)} do
  ${readArguments(LETTER, 'at')}
  local died = diedAt(member)
  local isMeant = m[2] and died and (diedThen == '' or tonumber(died) == tonumber(diedThen))
  local grave = isMeant and redis.call('HGET', graves, member)
  local stamp, text = string.match(grave or '', '^%d+|%d+|%d+|[^\\n]*\\n(' .. string.rep('%d', 13) .. ')0\\n(.*)$')
  local id = stamp and member
  -- Where the log counts the bytes of all before, a grave has nothing.
  if stamp and string.find(member, '^%d+$') then id, text = whole16(tonumber(stamp)) .. '-' .. member, '0 ' .. text end
  if not id or livesAgain(id) then
    refused[#refused + 1] = (at - 1) / ${lengthOf(LETTER)}
  else
    redis.call('HSET', returned, id, '0|0|' .. text)
    redis.call('ZREM', dead, member)
    redis.call('HDEL', graves, member)
    bytes = bytes + #grave
    if delay > 0 then redis.call('ZADD', delays, whole16(now + delay), id) else redis.call('RPUSH', back, id) end
    changed = changed + 1
  end
end
if changed > 0 then liftDead(bytes) end
if changed > 0 and m[3] ~= '1' then wake() end
return { changed, table.concat(refused, ',') }
`,
})

export function groupRedriveArguments(tasks: readonly Redrive[]): (string | number)[] {
  return tasks.flatMap(({ n, diedAt = '', delayMs }) =>
    argumentsOf(LETTER, { member: n, diedThen: diedAt, delay: Math.ceil(delayMs) }),
  )
}
