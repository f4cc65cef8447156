import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import type { CommandReply, Redrive } from '@mq/core/adapter'
import { FLOW_PARTS, KEYED_PARTS } from '../../keys.ts'
import { KEY_OF, KEY_PLACES, RANKS } from '../parts/key-places.ts'
import { CHECK_SHARED, KEYS_OF } from '../parts/keys.ts'
import { LIMITS_IN, NOTE_KEYS, QUEUE_FREE, SHARED } from '../parts/shared-limits.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { OWN_ID } from '../parts/endings.ts'
import { AMOUNT, DIED_AT, keepLimits, LIFT_DEAD } from '../parts/keep.ts'
import { BLOCKED, CHECK_FLOW, FLOW } from '../parts/flow.ts'
import { CLAIMABLE } from '../parts/claimable.ts'
import { TELL, WAKE } from '../parts/hints.ts'
import { WHOLE, LARGE_RECORD, LEVEL_OF, META_AND_SEAL, NOW } from '../parts/meta.ts'
import { ADD_TOTALS, Total } from '../parts/totals.ts'
import { IS_LIVE, NOTE_HOME } from './sealed.ts'

/** Of each dead letter. `diedThen`: when the caller saw it die, or ''. */
const LETTER = { n: 'text', diedThen: 'text', delay: 'number', isEdited: 'flag', payload: 'text' } as const

/**
 * KEYS     meta tasks ready×10 later×10 leases runs crashes failures ids ended results dead graves idle keyed ring paced busy places kin edges chores
 * ARGV     LETTER for each dead letter
 * RETURNS  how many live again, indices of the others by commas
 * A new life under the old number: enqueued when it becomes due, nothing failed yet, but its leases are counted on, so that no token is given
 * twice. O(letters · log n).
 */
export const redriveScript: Script = defineScript({
  name: 'redrive',
  parts: [
    'meta',
    'tasks',
    'ready',
    'later',
    'leases',
    'runs',
    'crashes',
    'failures',
    'ids',
    'ended',
    'results',
    'dead',
    'graves',
    'idle',
    ...KEYED_PARTS,
    ...FLOW_PARTS,
  ],
  allowOom: false,
  lua: lua`
if #ARGV % ${lengthOf(LETTER)} ~= 0 or #ARGV > ${1_000 * lengthOf(LETTER)} then return redis.error_reply('MQARGS a redrive is not right') end
for at = 1, #ARGV, ${lengthOf(LETTER)} do
  ${readArguments(LETTER, 'at', 'delay')}
  if not (delay and delay >= 0 and delay < 1e15 and delay % 1 == 0) then return redis.error_reply('MQARGS a delay is not right') end
end
local home = { strayed = {} }
${arrangeParts(NOW, META_AND_SEAL, WHOLE, TELL, WAKE, keepLimits(), AMOUNT, DIED_AT, OWN_ID, LEVEL_OF, LIFT_DEAD, ADD_TOTALS, LIMITS_IN, SHARED, KEYS_OF, KEY_PLACES, RANKS, KEY_OF, QUEUE_FREE, CLAIMABLE, FLOW, IS_LIVE)}
for _, key in ipairs({ tasks, runs, crashes, failures, ids, results, graves }) do redis.call('HLEN', key) end
${CHECK_SHARED}${CHECK_FLOW}for _, key in ipairs({ ended, dead, idle, leases }) do redis.call('ZCARD', key) end
for level in string.gmatch(m[3], '%d') do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end

-- A child that died of a parent is blocked again, and looks for those of which it has not heard; answers whether it is.
local function revive(n)
  local head, heard, bad = string.match(redis.call('HGET', flow.kin, n) or '', '^(%a %d+ %d+ %d+) (%d+) (-?%d+)$')
  if not head then return false end
  if tonumber(bad) >= 0 then
    heard = heard - redis.call('HDEL', flow.kin, n .. '.' .. bad)
    redis.call('HSET', flow.kin, n, head .. string.format(' %.0f -1', heard))
  end
  if tonumber(heard) >= tonumber(string.match(head, '%d+$')) then return false end
  flow.add('c' .. n, '')
  return true
end
-- A letter does not bring its key home to a partition that is sealed.
for at = 1, m[16] and #ARGV or 0, ${lengthOf(LETTER)} do
  ${readArguments(LETTER, 'at', 'n')}
  local record = string.match(redis.call('HGET', graves, n) or '', '^%d+|%d+|%d+|[^\\n]*\\n(.*)$')
  local key = record and keyOf(record)
  if key and not isLive(key) then home.strayed[key] = true end
end
local function payloadOf(record) return string.sub(record, (string.find(record, '\\n', 1, true) or 0) + 1) end
local changed, refused, bytes, hasNewKeys = 0, {}, 0, false
local claimableBefore, comes, later = m[14] and claimableAt(), false, {}
${NOTE_HOME}for at = 1, #ARGV, ${lengthOf(LETTER)} do
  ${readArguments(LETTER, 'at')}
  local died = diedAt(n)
  local isMeant = died and (diedThen == '' or tonumber(died) == tonumber(diedThen))
  local grave = isMeant and redis.call('HGET', graves, n)
  local run, record = string.match(grave or '', '^%d+|%d+|(%d+)|[^\\n]*\\n(.*)$')
  local id = record and ownIdOf(record)
  -- What is not a number was written by another program: there is no task of it.
  -- In a partition that is sealed, one that is not known here may be a task's elsewhere.
  local known = id and string.match(redis.call('HGET', ids, id) or m[16] and '0' or n, '^%d+') or n
  if not record or not string.find(n, '^%d+$') or known ~= n then
    refused[#refused + 1] = (at - 1) / ${lengthOf(LETTER)}
  else
    -- Paced, it becomes due later: its time to expire begins then. Thirteen digits, whatever the delay.
    local stamp = string.format('%013.0f', math.min(now + delay, 9999999999999))
    -- What is not of our form stays as it is, and will be found malformed again, unless it gets another payload.
    local head = string.match(record, '^' .. string.rep('%d', 13) .. '(%d[^\\n]*\\n)')
    if isEdited then
      record = stamp .. (head or levelOf(record) .. '\\n') .. payload
    elseif head then
      record = stamp .. string.sub(record, 14)
    end
    local level = levelOf(record)
    redis.call('HSET', tasks, n, record)
    if #record > ${LARGE_RECORD} then redis.call('HSET', meta, 'large', 1) end
    redis.call('HSET', runs, n, whole(run) + 1)
    redis.call('HDEL', crashes, n)
    redis.call('HDEL', failures, n)
    if id then
      redis.call('HSET', ids, id, n .. '|' .. redis.sha1hex(payloadOf(record)))
      redis.call('ZREM', ended, n .. '|' .. id)
    end
    redis.call('ZREM', dead, n)
    redis.call('HDEL', graves, n)
    bytes = bytes + #grave
    local blocked = m[15] and revive(n)
    local key, weight = keyOf(record)
    if key and (delay > 0 or blocked) then
      redis.call('HSET', places, n, placeIn(key, level, '1', n, n, weight))
    elseif key then
      standIn(n, placeIn(key, level, '1', newRank(), n, weight))
      doubted[key] = true
    end
    hasNewKeys = hasNewKeys or key ~= nil
    if blocked then
      redis.call('ZADD', KEYS[LATER + level], string.format('%.0f', now + ${BLOCKED}), n)
    elseif delay > 0 then
      redis.call('ZADD', KEYS[LATER + level], string.format('%.0f', now + delay), n)
      later[n] = level
    elseif not key then
      redis.call('RPUSH', KEYS[READY + level], n)
      comes = true
    end
    changed = changed + 1
  end
end
local isServable = saveKeys()
saveRanks()
if hasNewKeys and not hasKeys then
  ${NOTE_KEYS}
end
if changed > 0 then
  liftDead(bytes)
  addTotals(${Total.redriven}, changed)
  if m[14] or hasNewKeys then comes = isSooner(claimableBefore, comes or isServable) end
  -- Who sleeps does so until the earliest that it knows of.
  for level in string.gmatch(m[3], '%d') do
    local first = redis.call('ZRANGE', KEYS[LATER + level], 0, 0)[1]
    comes = comes or (first and later[first] == tonumber(level))
  end
  if flow.added or (comes and not m[6]) then wake() end
end
return { changed, table.concat(refused, ',') }
`,
})

export function redriveArguments(tasks: readonly Redrive[]): (string | number)[] {
  return tasks.flatMap(({ n, diedAt = '', delayMs, payload }) =>
    argumentsOf(LETTER, {
      n,
      diedThen: diedAt,
      delay: Math.ceil(delayMs),
      isEdited: payload !== undefined,
      payload: payload ?? '',
    }),
  )
}

export function parseRedriven(reply: unknown): CommandReply {
  const [changed, refused] = reply as [number, string]
  return { changed, refused: refused === '' ? [] : refused.split(',').map(Number) }
}
