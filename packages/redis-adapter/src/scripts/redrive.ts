import type { CommandReply, Redrive } from '@mq/core'
import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { COUNTERS, IDS, LEVEL_OF, META, NOW, OWN_ID, SLOT, TELL, WAKE } from './lua-parts.ts'

/**
 * KEYS     meta tasks ready×10 later×10 runs crashes failures ids ended results dead graves idle
 * ARGV     (n, delayMs, 0 its payload | 1 another, payload or '') for each dead letter
 * RETURNS  how many live again, indices of the others by commas
 * A new life under the old number: enqueued now, nothing failed yet, but its leases are counted on, so that no token is given
 * twice. O(letters · log n).
 */
export const redriveScript: Script = defineScript({
  name: 'redrive',
  parts: [
    'meta',
    'tasks',
    'ready',
    'later',
    'runs',
    'crashes',
    'failures',
    'ids',
    'ended',
    'results',
    'dead',
    'graves',
    'idle',
  ],
  allowOom: false,
  lua: /* lua */ `
if #ARGV % 4 ~= 0 or #ARGV > 4000 then return redis.error_reply('MQARGS a redrive is not right') end
for i = 2, #ARGV, 4 do
  if not string.find(ARGV[i], '^%d+$') or #ARGV[i] > 15 then return redis.error_reply('MQARGS a delay is not right') end
end
${NOW}${META}${COUNTERS}${TELL}${WAKE}${SLOT}${IDS}${OWN_ID}${LEVEL_OF}
for _, key in ipairs({ tasks, runs, crashes, failures, ids, results, graves }) do redis.call('HLEN', key) end
for _, key in ipairs({ ended, dead, idle }) do redis.call('ZCARD', key) end
for level in string.gmatch(m[3], '%d') do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end

local function payloadOf(record) return string.sub(record, (string.find(record, '\\n', 1, true) or 0) + 1) end
local stamp, changed, refused = string.format('%013.0f', now), 0, {}
for i = 1, #ARGV, 4 do
  local n, delay = ARGV[i], tonumber(ARGV[i + 1])
  local grave = redis.call('ZSCORE', dead, n) and redis.call('HGET', graves, n)
  local run, record = string.match(grave or '', '^%d+|%d+|(%d+)|[^\\n]*\\n(.*)$')
  local id = record and ownIdOf(record)
  local known = id and string.match(redis.call('HGET', ids, id) or n, '^%d+')
  if not record or (id and known ~= n) then
    refused[#refused + 1] = (i - 1) / 4
  else
    -- What is not of our form stays as it is: it will be found malformed again.
    if string.find(record, '^' .. string.rep('%d', 14)) then record = stamp .. string.sub(record, 14) end
    if ARGV[i + 2] == '1' then record = string.sub(record, 1, #record - #payloadOf(record)) .. ARGV[i + 3] end
    local level = levelOf(record)
    redis.call('HSET', tasks, n, record)
    redis.call('HSET', runs, n, whole(run) + 1)
    redis.call('HDEL', crashes, n)
    redis.call('HDEL', failures, n)
    if id then
      redis.call('HSET', ids, id, n .. '|' .. redis.sha1hex(payloadOf(record)))
      redis.call('ZREM', ended, n .. '|' .. id)
    end
    redis.call('ZREM', dead, n)
    redis.call('HDEL', graves, n)
    if delay > 0 then
      redis.call('ZADD', KEYS[LATER + level], string.format('%.0f', now + delay), n)
    else
      redis.call('RPUSH', KEYS[READY + level], n)
    end
    changed = changed + 1
  end
end
if changed > 0 then wake() end
return { changed, table.concat(refused, ',') }
`,
})

export function redriveArguments(tasks: readonly Redrive[]): (string | number)[] {
  return tasks.flatMap(({ n, delayMs, payload }) => [
    n,
    Math.ceil(delayMs),
    payload === undefined ? 0 : 1,
    payload ?? '',
  ])
}

export function parseRedriven(reply: unknown): CommandReply {
  const [changed, refused] = reply as [number, string]
  return { changed, refused: refused === '' ? [] : refused.split(',').map(Number) }
}
