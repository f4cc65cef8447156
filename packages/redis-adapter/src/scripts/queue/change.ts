import { argumentsOf, readArguments } from '../arguments.ts'
import type { TaskChange, TaskRef } from '@mq/core/adapter'
import { KEYED_PARTS } from '../../keys.ts'
import { KEY_PLACES, RANKS } from '../parts/key-places.ts'
import { CHECK_SHARED, KEYS_OF } from '../parts/keys.ts'
import { LIMITS_IN, QUEUE_FREE, SHARED } from '../parts/shared-limits.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { OWN_ID } from '../parts/endings.ts'
import { CLAIMABLE } from '../parts/claimable.ts'
import { TELL, TELL_ROOM, WAKE } from '../parts/hints.ts'
import { MOST_ASIDE, MOVE_OUT, STANDS_IN } from '../parts/lines.ts'
import { LARGE_RECORD, LEVEL_OF, META, NOW, WHOLE } from '../parts/meta.ts'
import { refArgument } from './read.ts'

/** `task`: "#n" or "=id". What is '' stays; `isUpdated`: it gets the payload. */
const CHANGE = { task: 'text', delay: 'number', newLevel: 'number', isUpdated: 'flag', newPayload: 'text' } as const

/**
 * KEYS     meta tasks ready×10 later×10 suspects moved leases runs crashes ids idle room keyed ring paced busy places
 * ARGV     CHANGE
 * RETURNS  1 when it is as the call says, 0 when it runs, has ended or is not known
 * The number leaves its list where it is among the first or the last 1,000; in the middle of a long one it stays, marked in `moved`, and claims pass it
 * by. O(1,000 + log n), whatever the queue's length; of a task that lost a lease O(suspects), of which 20,000 are searched.
 */
export const changeScript: Script = defineScript({
  name: 'change',
  parts: [
    'meta',
    'tasks',
    'ready',
    'later',
    'suspects',
    'moved',
    'leases',
    'runs',
    'crashes',
    'ids',
    'idle',
    'room',
    ...KEYED_PARTS,
  ],
  allowOom: false,
  lua: lua`
${readArguments(CHANGE)}
if not newPayload or (delay and not (delay >= 0 and delay < 1e16 and delay % 1 == 0))
  or (newLevel and not (newLevel >= 0 and newLevel <= 9 and newLevel % 1 == 0)) then
  return redis.error_reply('MQARGS a change is not right')
end
${arrangeParts(NOW, META, WHOLE, LEVEL_OF, TELL, TELL_ROOM, WAKE, OWN_ID, MOVE_OUT, STANDS_IN, LIMITS_IN, SHARED, KEYS_OF, KEY_PLACES, RANKS, QUEUE_FREE, CLAIMABLE)}
for _, key in ipairs({ tasks, ids, runs, crashes, moved }) do redis.call('HLEN', key) end
local n = string.match(task, '^#(%d+)$')
if not n then n = string.match(redis.call('HGET', ids, string.sub(task, 2)) or '', '^%d+') end
local record = n and redis.call('HGET', tasks, n)
if not record or redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n))) then return 0 end

-- Read and check.
local old, dueAt = levelOf(record), nil
for level in string.gmatch(m[3] .. (newLevel or ''), '%d') do
  redis.call('LLEN', KEYS[READY + level])
  local due = redis.call('ZSCORE', KEYS[LATER + level], n)
  if due then old, dueAt = tonumber(level), due end
end
local isAside = false
if not dueAt and redis.call('LLEN', suspects) > 0 and whole(redis.call('HGET', crashes, n)) > 0 then
  isAside = standsIn(suspects, n)
  if not isAside and redis.call('LLEN', suspects) > ${MOST_ASIDE} then
    return redis.error_reply('MQARGS more tasks are set aside than can be searched for this one')
  end
end
${CHECK_SHARED}redis.call('ZCARD', idle)
local hasRoom = redis.call('ZCARD', room) > 0
local stamp, header, payload = string.match(record, '^(' .. string.rep('%d', 13) .. ')%d([^\\n]*)\\n(.*)$')
-- What is not of our form keeps its level, unless it gets another payload.
local level = (stamp or isUpdated) and newLevel or old
local id = isUpdated and ownIdOf(record)

local claimableBefore = m[14] and claimableAt()

-- Write.
if isUpdated or level ~= old then
  record = (stamp or string.format('%013.0f', now)) .. level .. (header or '') .. '\\n' .. (isUpdated and newPayload or payload)
  redis.call('HSET', tasks, n, record)
  if #record > ${LARGE_RECORD} then redis.call('HSET', meta, 'large', 1) end
  if id then redis.call('HSET', ids, id, n .. '|' .. redis.sha1hex(newPayload)) end
end
if not string.find(m[3], level, 1, true) then
  local levels = ''
  for used = 9, 0, -1 do
    if used == level or string.find(m[3], used, 1, true) then levels = levels .. used end
  end
  redis.call('HSET', meta, 'levels', levels)
end
local comes, isDueSooner = false, false
local itsPlace = m[14] and redis.call('HGET', places, n)
local key, _, class, _, weight = readPlace(itsPlace or '')
local function leaveLater(level) redis.call('ZREM', KEYS[LATER + level], n) end
local function delayUntil(due)
  redis.call('ZADD', KEYS[LATER + level], due, n)
  -- An idle worker sleeps until the earliest it knows of.
  return delay and redis.call('ZRANGE', KEYS[LATER + level], 0, 0)[1] == n
end
if dueAt then
  if delay or level ~= old then
    leaveLater(old)
    if delay == 0 then
      if key then
        unhold(key, n)
        standIn(n, class == '0' and placeIn(key, level, '0', n, n, weight) or placeIn(key, level, '1', newRank(), n, weight))
        doubted[key] = true
      else
        redis.call('RPUSH', KEYS[READY + level], n)
      end
      comes = true
    else
      if key and delay and unhold(key, n) then hold(key, n, now + delay) end
      isDueSooner = delayUntil(delay and string.format('%.0f', now + delay) or dueAt)
    end
  end
elseif delay and delay > 0 then
  if isAside then leaveList(suspects, n) elseif not key then moveOut(old, n) end
  if key then
    if redis.call('ZREM', keyed, itsPlace) == 0 then freed(key) end
    redis.call('HSET', places, n, placeIn(key, level, '1', n, n, weight))
    doubted[key] = true
  end
  isDueSooner = delayUntil(string.format('%.0f', now + delay))
  if hasRoom then tellRoom(1) end
elseif level ~= old and not isAside then
  if key then
    redis.call('ZREM', keyed, itsPlace)
    standIn(n, placeIn(key, level, '1', newRank(), n, weight))
    doubted[key] = true
  else
    moveOut(old, n)
    redis.call('RPUSH', KEYS[READY + level], n)
  end
end
local isServable = saveKeys()
saveRanks()
if m[14] then comes = isSooner(claimableBefore, comes and (not key or isServable)) end
if not m[6] and (comes or isDueSooner) then wake() end
return 1
`,
})

export function changeArguments(task: TaskRef, { delayMs, level, payload }: TaskChange): (string | number)[] {
  return argumentsOf(CHANGE, {
    task: refArgument(task),
    delay: delayMs === undefined ? '' : Math.ceil(delayMs),
    newLevel: level ?? '',
    isUpdated: payload !== undefined,
    newPayload: payload ?? '',
  })
}
