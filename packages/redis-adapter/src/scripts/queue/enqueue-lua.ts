import { lengthOf, readArguments } from '../arguments.ts'
import { NOTE_IDS } from '../parts/endings.ts'
import type { Part } from '../define-part.ts'
import { ENDS, noteEnds } from '../parts/ends.ts'
import { fatesOf } from './fates.ts'
import { SEAL } from './sealed.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { BATCH, BATCH_OF_TICKS, SPECIAL } from './enqueue-arguments.ts'
import { AWAKE, AWAKE_SHARED, CLAIMABLE_BEFORE, READ_KEY, STAND_IN_KEY, WRITE_KEYS } from './enqueue-keyed.ts'
import { lua } from '../lua.ts'
import { BLOCKED, READ_FAMILY, STORE_FAMILY, WRITE_FAMILIES } from '../parts/flow.ts'
import { FIND_GRANTEE, MOST_GRANTED, UNSEEN } from '../parts/grants.ts'
import { publishTo, seekRoom, TELL, WAKE } from '../parts/hints.ts'
import { WAITED } from '../parts/claimable.ts'
import { FORGET_LANES, LARGE_RECORD, LAYOUT, META, META_AND_SEAL, NOW } from '../parts/meta.ts'
import { TASK_NUMBERS } from '../parts/task-numbers.ts'

/** What a batch that displaces the oldest, or replaces tasks, does more: functions, reads before the first write, what follows the writes. */
export interface Places {
  readonly functions: string
  readonly check: Part | ''
  readonly act: string
  /** The first of the writes, before numbers are given. */
  readonly replace: Part | ''
  /** For each task that got a `number`. */
  readonly supersede: Part | ''
  readonly displaces: boolean
  /** Of schedules. */
  readonly ticks?: TickPlaces | undefined
}

/** What a batch of ticks does more. */
export interface TickPlaces {
  /** Reads its own arguments, behind ENDS; how many they are, as an expression. */
  readonly read: Part
  readonly length: string
  /** Before the answer is stored. */
  readonly answer: string
}

/**
 * What both enqueue scripts do; their keys and arguments are in `enqueue.ts`. Two, so that those who do not displace declare
 * and pay nothing for it.
 */
export function enqueueLua(places: Places): string {
  const { ticks } = places
  const takesPlaces = places.functions !== ''
  const fates = fatesOf(takesPlaces, places.displaces, ticks === undefined)
  return lua`
-- ## Arguments
${readArguments(ticks === undefined ? BATCH : BATCH_OF_TICKS)}
${readArguments(ENDS, lengthOf(BATCH) + 1, takesPlaces ? undefined : 'endBounds')}
local ownLane, afterLane, afterSeq = string.match(lane, '^([^\\n]*)\\n([^\\n]*)\\n(%d+)$')
lane = ownLane or lane
if not (seq and specials and specials >= 0 and specials % 1 == 0) then return redis.error_reply('MQARGS a batch is not right') end
${ticks?.read ?? ''}-- The special ones, then a record of each task from ARGV[first] on.
local SPECIALS, asked = ${lengthOf(BATCH) + lengthOf(ENDS) + 1}${ticks?.length ?? ''}, {}
${takesPlaces ? 'local keyOfTask, newPlaces, standing, isBounded = {}, {}, {}, false\nlocal families, newKin, newKinIds, newChores = {}, {}, {}, {}\n' : ''}local first = SPECIALS + ${lengthOf(SPECIAL)} * specials
local count = #ARGV - first + 1
if count < ${ticks === undefined ? 1 : 0} or count > 1000 then return redis.error_reply('MQARGS a batch is not right') end
for at = SPECIALS, first - 1, ${lengthOf(SPECIAL)} do
  ${readArguments(SPECIAL, 'at')}
  if not (i and i >= 1 and i <= count and i % 1 == 0 and delay and delay >= 0 and delay < math.huge and ${takesPlaces ? `(string.find(how, '^r?%d*$') or string.find(how, '^r?%d*f%a %d+ %d+ %d+;[^|\\n]+\\n$') or string.find(string.gsub(how, '^(r?%d*)f%a %d+ %d+ %d+;[^|\\n]+\\n', '%1'), '^r?%d*k[1-9]%d?%d?%d?c?%d*|%d+:.'))` : `string.find(how, '^r?%d*$')`}) then
    return redis.error_reply('MQARGS a special task is not right')
  end
  if id ~= '' then asked[#asked + 1] = id end
${takesPlaces ? `${READ_KEY}${READ_FAMILY}` : ''}end
${arrangeParts(NOW, ticks === undefined ? META_AND_SEAL : META)}${places.functions}

-- ## Was it answered before?
-- What was answered before is answered again; what is older than that comes from a connection long given up.
local last = redis.call('HGET', producers, lane)
if last then
  local lastSeq, receipts = string.match(last, '^(%d+)|%d+|(.*)$')
  lastSeq = tonumber(lastSeq) or 0
  if lastSeq == seq then return receipts end
  if lastSeq > seq then return redis.error_reply('MQSTALE a newer call of this lane was answered') end
end
-- The one before it was sent, and has not come yet.
if afterLane then
  local came = redis.call('HGET', producers, afterLane)
  if (tonumber(string.match(came or '', '^%d+')) or 0) < tonumber(afterSeq) then return false end
end

-- ## Read and check
local waiting = redis.call('HLEN', tasks)
local wasEmpty = waiting == 0
local sleepers, leased = redis.call('ZCARD', idle), 0
if sleepers > 0 then
  redis.call('HLEN', lanes)
  leased = redis.call('ZCARD', leases)
end
if specials > 0 then
  redis.call('HLEN', ids)
  redis.call('ZCARD', ended)
  redis.call('HLEN', results)
  redis.call('ZCARD', dead)
end
local levels = levelsLost and waiting == 0 and '' or m[3]
local usedNow = {}
for i = 1, count do
  local level = string.byte(ARGV[first + i - 1], 1)
  if not level or level < 48 or level > 57 then return redis.error_reply('MQARGS a level is not 0-9') end
  if not usedNow[level] then
    usedNow[level] = true
    redis.call('LLEN', KEYS[READY + level - 48])
    redis.call('ZCARD', KEYS[LATER + level - 48])
  end
end
if capacity then
  waiting = waiting - redis.call('ZCARD', leases)
  for level = 0, 9 do waiting = waiting - redis.call('ZCARD', KEYS[LATER + level]) end
  redis.call('ZCARD', room)
end
${takesPlaces ? CLAIMABLE_BEFORE : WAITED}${places.check}
-- ## What becomes of each task
${fates}
-- ## Write
${ticks === undefined ? SEAL : ''}for i = 1, #orphans do redis.call('ZADD', ended, now, orphans[i]) end
${TASK_NUMBERS}local base, accepted, stamp = n, 0, string.format('%013.0f', now)
local records, ready, later, receipts, large = {}, {}, {}, {}, false
${places.replace}if special then
  for i = 1, count do
    if not fate[i] then
      accepted = accepted + 1
      local number = numberOf(accepted)
      local record = ARGV[first + i - 1]
      if not superseded[i] then
        if #record > ${LARGE_RECORD} then large = true end
        local level = string.byte(record, 1) - 48
        records[#records + 1] = number
        records[#records + 1] = stamp .. record
        ${takesPlaces ? `${STORE_FAMILY}${STAND_IN_KEY}` : ''}local lists = delays[i] and later or ready
        local list = lists[level]
        if not list then list = {} lists[level] = list end
        if delays[i] then list[#list + 1] = now + delays[i] end
        list[#list + 1] = number
        ${takesPlaces ? 'end\n' : ''}      end
      receipts[i] = 'a' .. number
      if owned[i] then
        owned[i][3] = number
        owner[owned[i][1]] = owned[i]
      end
      ${places.supersede}
    end
  end
else
  -- All are accepted, and nothing is asked of one: what each costs here is most of what an enqueue costs.
  accepted = count
  local level, list, size
  for i = 1, count do
    local number, record = numberOf(i), ARGV[first + i - 1]
    if #record > ${LARGE_RECORD} then large = true end
    records[2 * i - 1] = number
    records[2 * i] = stamp .. record
    local its = string.byte(record, 1) - 48
    if its ~= level then
      level, list = its, ready[its]
      if not list then list = {} ready[its] = list end
      size = #list
    end
    size = size + 1
    list[size] = number
  end
end
n = n + accepted
if specials > 0 then
  ${NOTE_IDS}
  noteIds(owner, windowOf)
end
for i, same in pairs(fate) do
  if type(same) == 'table' then
    local original = owned[same[1]]
    fate[i] = original[3] and ((original[2] == same[2] and 'e' or 'c') .. original[3]) or 'f'
  end
end
-- ## Answer
local answer
if special then
  for i = 1, count do receipts[i] = receipts[i] or fate[i] end
  answer = table.concat(receipts, ',')
else
  answer = 'A' .. string.format('%.0f', base + 1)
end
${ticks?.answer ?? ''}
-- ## Write what was accepted, and wake somebody
${noteEnds('endBounds', ' and (m[1] or accepted > 0)')}if accepted > 0 then
  -- The only one, and nobody waits before it: a worker that sleeps may get it with its hint.
  local topic, worker, leaseMs, lease, fence
  if sleepers > 0 and not m[14] and #records == 2 and ready[string.byte(records[2], 14) - 48] and not m[6] and #records[2] <= ${MOST_GRANTED} then
    ${FIND_GRANTEE}
    topic, worker, leaseMs = findGrantee()
  end
  if topic then
    fence = string.format('%.0f', math.max(tonumber(m[5]) or 0, time[1] * 1000000 + time[2]) + 1)
    lease = records[1] .. '#0'
    local letter = 'g' .. string.match(meta, '{(.-)}') .. '\\n' .. worker .. '|' .. lease .. '|' .. fence .. '\\n' .. records[2]
    -- Where an ACL forbids the topic nothing was sent, and the task waits as others do.
    if type(redis.pcall(${publishTo('topic')}, topic, letter)) ~= 'number' then topic = nil end
  end
  local more = topic and { 'fence', fence, 'seen', stamp } or {}
  -- Descending, as they are claimed.
  local used, areKnown = '', m[1] and not levelsLost
  for level in pairs(usedNow) do areKnown = areKnown and string.find(levels, string.char(level), 1, true) end
  for at = 2, #levels do areKnown = areKnown and string.byte(levels, at) < string.byte(levels, at - 1) end
  if areKnown then
    redis.call('HSET', meta, 'n', string.format('%.0f', n), unpack(more))
  else
    for level = 9, 0, -1 do
      if usedNow[level + 48] or string.find(levels, level, 1, true) then used = used .. level end
    end
    redis.call('HSET', meta, 'layout', ${LAYOUT}, 'n', string.format('%.0f', n), 'levels', used, unpack(more))
  end
  if large and not m[7] then redis.call('HSET', meta, 'large', 1) end
  if m[7] and not large and wasEmpty then redis.call('HDEL', meta, 'large') end
  redis.call('HSET', tasks, unpack(records))
  local comes, isDueSooner${takesPlaces ? ', isServable' : ''} = false, false${takesPlaces ? ', false' : ''}
${takesPlaces ? `${WRITE_KEYS}${WRITE_FAMILIES}` : ''}  if topic then
    redis.call('ZADD', leases, string.format('%.4f', now + leaseMs + ${UNSEEN}), lease)
    redis.call('HSET', lanes, worker .. '\\n', '0|' .. stamp .. '|' .. lease .. '|' .. fence)
  else
    for level, list in pairs(ready) do
      redis.call('RPUSH', KEYS[READY + level], unpack(list))
      comes = true
    end
  end
  for level, list in pairs(later) do
    redis.call('ZADD', KEYS[LATER + level], unpack(list))
    -- An idle worker sleeps until the earliest it knows of; hint at it if that is now one of these.
    local earliest = redis.call('ZRANGE', KEYS[LATER + level], 0, 0)[1]
    for k = 2, #list, 2 do if list[k] == earliest and list[k - 1] < ${BLOCKED} then isDueSooner = true end end
  end
${places.act}${takesPlaces ? AWAKE_SHARED : AWAKE}${takesPlaces ? '  comes = comes or flow.added\n' : ''}  if isDueSooner or comes then
    ${takesPlaces ? '' : TELL}
    ${WAKE}
    wake()
  end
end
-- ## Who found no room, and what a repetition is answered
if full and roomTopic ~= '' then${seekRoom('roomTopic')}end
redis.call('HSET', producers, lane, string.format('%.0f|', seq) .. stamp .. '|' .. answer)
if not last then
  ${FORGET_LANES}
  forgetLanes(producers)
end
return answer
`
}
