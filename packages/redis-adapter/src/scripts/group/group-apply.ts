import { argumentsOf, readArguments } from '../arguments.ts'
import type { CommandReply, DeadCommand, GroupCommand } from '@mq/core/adapter'
import { GROUP_PARTS, groupPartsWithChannelBut, ORDER_PARTS } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { DIGITS, FLOOR, GROUP_META, GROUP_TELL, PLACE } from './group-parts.ts'
import { startArgument } from './group-turn.ts'
import { AWAITED, WAKE } from '../parts/hints.ts'
import { NOW, refuseLayout } from '../parts/meta.ts'

/**
 * `what`: pause, resume, seek, remove, expire or unused. `detail`: for seek where to, for expire after how many ms without a member, for pause
 * the topic of the group's listeners, else ''.
 */
export const RULE = { group: 'text', what: 'text', detail: 'text' } as const

/**
 * KEYS     seq log readers floors alive bells meta leases hands held open returned back suspects delays lanes idle dead graves notes named tails behind firsts blocked unnamed
 * ARGV     RULE
 * RETURNS  1; 0 when nothing was to be changed; -1 when there is no such group; for unused 1, -1 when members hold messages, -2 when they
 *          wait for some
 * What is dropped whole is freed in the background; what is taken from the channel is one entry each. O(log n).
 */
export const groupApplyScript: Script = defineScript({
  name: 'group-apply',
  parts: [...groupPartsWithChannelBut('publishers'), ...ORDER_PARTS],
  allowOom: true,
  lua: lua`
${readArguments(RULE)}
${arrangeParts(NOW, refuseLayout(`redis.pcall('HGET', seq, 'layout')`, 'channel', 'seq'))}
local function remove()
  redis.call('UNLINK', ${[...GROUP_PARTS, ...ORDER_PARTS].join(', ')})
  redis.pcall('ZREM', readers, group)
  redis.pcall('ZREM', alive, group)
  redis.pcall('HDEL', floors, group)
  redis.pcall('HDEL', bells, group)
  return 1
end
if what == 'remove' then
  -- Whatever types somebody else gave the keys.
  ${refuseLayout(`redis.pcall('HGET', meta, 'layout')`, 'group', 'meta')}
  local function has(key) return type(redis.pcall('ZSCORE', key, group)) == 'string' end
  -- False where it is missing; else a text, or an error.
  local isThere = has(readers) or has(alive) or redis.pcall('HGET', meta, 'cursor')
  -- Where it is not, fields of it may have been left.
  remove()
  return isThere and 1 or -1
end
${arrangeParts(DIGITS, GROUP_META, GROUP_TELL, WAKE, AWAITED, PLACE, FLOOR)}
redis.call('ZCARD', readers)
local lastHere = tonumber(redis.call('ZSCORE', alive, group) or '')
redis.call('HLEN', floors)
redis.call('HLEN', bells)
redis.call('ZCARD', idle)
redis.call('XLEN', log)
local function isHeld() return redis.call('ZRANGEBYSCORE', leases, '(' .. whole16(now), '+inf', 'LIMIT', 0, 1)[1] end
if what == 'unused' then
  if isHeld() then return -1 end
  if isAwaited() then return -2 end
  return 1
end
if what == 'expire' then
  if not (lastHere and tonumber(detail) and lastHere < now - tonumber(detail)) then return 0 end
  -- Whoever holds a lease is there, however seldom it says so.
  if isHeld() then
    redis.call('ZADD', alive, 'XX', now, group)
    return 0
  end
  return remove()
end
if not m[2] then return -1 end
if what == 'pause' then
  if m[3] == '1' then return 0 end
  redis.call('HSET', meta, 'paused', '1')
  tell(detail, 's')
  return 1
elseif what == 'resume' then
  if not m[3] then return 0 end
  redis.call('HDEL', meta, 'paused')
elseif what == 'seek' then
  local cursor, readN = placeOf(detail)
  redis.call('UNLINK', leases, hands, held, open, returned, back, suspects, delays, notes, ${ORDER_PARTS.join(', ')})
  redis.call('HSET', meta, 'cursor', cursor, 'read', whole16(readN), 'out', '0', 'floor', settleFloor(cursor, readN))
else
  return redis.error_reply('MQARGS this command is not known')
end
wake()
return 1
`,
})

export function parseRuled(reply: unknown): CommandReply {
  return reply === -1 ? { changed: 0, absent: true } : { changed: Number(reply) }
}

export function ruleArguments(
  group: string,
  command: Exclude<GroupCommand, DeadCommand>,
  listeners: string,
): (string | number)[] {
  const detail = command.kind === 'pause' ? listeners : command.kind === 'seek' ? startArgument(command.to) : ''
  return argumentsOf(RULE, { group, what: command.kind, detail })
}
