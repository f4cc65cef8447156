import { ID_KEPT_MS } from '@mq/core/adapter'
import { IDS, NOTE_IDS } from '../parts/endings.ts'
import { keepLimits, OUTCOME } from '../parts/keep.ts'
import type { Part } from '../define-part.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { seekRoom, TELL, WAKE } from '../parts/hints.ts'
import { FORGET_LANES, LARGE_RECORD, LAYOUT, META, NOW } from '../parts/meta.ts'

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
}

/**
 * What both enqueue scripts do; their keys and arguments stand in `enqueue.ts`. Two, so that those who do not displace declare
 * and pay nothing for it.
 */
export function enqueueLua(places: Places): string {
  const takesPlaces = places.functions !== ''
  return lua`
local lane, afterLane, afterSeq = string.match(ARGV[1], '^([^\\n]*)\\n([^\\n]*)\\n(%d+)$')
lane = lane or ARGV[1]
local seq, atomic = tonumber(ARGV[2]), ARGV[3] == '1'
local capacity, roomTopic, specials = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
if not (seq and specials and specials >= 0 and specials % 1 == 0) then return redis.error_reply('MQARGS a batch is not right') end
local first = 7 + 4 * specials
local count = #ARGV - first + 1
if count < 1 or count > 1000 then return redis.error_reply('MQARGS a batch is not right') end
for at = 7, first - 1, 4 do
  local i, delay, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 3]
  if not (i and i >= 1 and i <= count and i % 1 == 0 and delay and delay >= 0 and delay < math.huge and string.find(window, '^r?%d*$')) then
    return redis.error_reply('MQARGS a special task is not right')
  end
end
${arrangeParts(NOW, META)}${places.functions}

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

-- Read and check.
local waiting = redis.call('HLEN', tasks)
local wasEmpty = waiting == 0
redis.call('ZCARD', idle)
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
${places.check}
-- What becomes of each task: nil (accepted), or a receipt.
local fate, delays, owned, orphans = {}, {}, {}, {}
local displaces = ${String(places.displaces)}
local refused, full, special = 0, false, specials > 0 or capacity ~= nil
local replaced, succeeds, superseded, owner, windowOf = {}, {}, {}, {}, {}
if specials > 0 then
  ${takesPlaces ? '' : lua`${keepLimits()}${OUTCOME}${IDS}`}
  forgetIds(2 * specials)
  local inBatch, asked = {}, {}
  for at = 9, first - 1, 4 do
    if ARGV[at] ~= '' then asked[#asked + 1] = ARGV[at] end
  end
  local stored, seen = #asked > 0 and redis.call('HMGET', ids, unpack(asked)), 0
  for s = 0, specials - 1 do
    local at = 7 + 4 * s
    local i, delay, id, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(string.match(ARGV[at + 3], '%d*$'))
    local replaces = string.byte(ARGV[at + 3]) == 114
    if delay > 0 then delays[i] = delay end
    if id ~= '' then
      local record = ARGV[first + i - 1]
      seen = seen + 1
      local n, knownDigest = string.match(stored[seen] or '', '^(%d+)|(.*)$')
      -- A key of a deduplication stands for a task whatever its payload, until its window ends.
      local digest = window and '~' or redis.sha1hex(string.sub(record, (string.find(record, '\\n', 1, true) or 0) + 1))
      if window and n then
        if string.byte(knownDigest) == 126 then windowOf[id] = n end
        local opened = tonumber(string.match(knownDigest, '^~(%d+)$'))
        if opened and opened > now then knownDigest = '~' else n = nil end
      end
      if inBatch[id] then
        n = nil
      elseif n and replaces then
        local old = ${takesPlaces ? 'placeOf(n)' : 'false'}
        if old ~= 'running' then
          replaced[i] = old
          n = nil
        else
          knownDigest = ''
        end
      elseif n and not window and redis.call('HEXISTS', tasks, n) == 0 then
        local place = n .. '|' .. id
        local endedAt = tonumber(redis.call('ZSCORE', ended, place) or nil)
        -- Its task is gone and nobody said how: from now on it is an ended one.
        if not endedAt then orphans[#orphans + 1] = place end
        -- Free, although those who forget have not come to it: many others are looked at before it.
        if endedAt and now - endedAt >= ${ID_KEPT_MS} and not isKept(n) then n = nil end
      end
      if n then
        fate[i] = (knownDigest == digest and 'e' or 'c') .. n
        if knownDigest ~= digest then refused = refused + 1 end
      elseif inBatch[id] and not replaces then
        fate[i] = { inBatch[id], digest }
      else
        succeeds[i] = inBatch[id]
        inBatch[id] = i
        owned[i] = { id, digest, window = window }
      end
    end
  end
  for _, same in pairs(fate) do
    if type(same) == 'table' and owned[same[1]][2] ~= same[2] then refused = refused + 1 end
  end
end
if capacity and not displaces then
  local free = capacity - waiting
  for i = 1, count do
    -- Whoever takes another's place needs none of its own. Who found no room replaced nothing, and leaves it to the next of the batch.
    local before = succeeds[i]
    if before and fate[before] then
      replaced[i], before = replaced[before], succeeds[before]
      succeeds[i] = before
    end
    local hasPlace = before and not fate[before] and not delays[before] or replaced[i] and replaced[i].waits
    if not fate[i] and not delays[i] and not hasPlace then
      free = free - 1
      if free < 0 then
        fate[i] = 'f'
        full = true
        refused = refused + 1
      end
    end
  end
end
if refused > 0 and atomic then
  for i = 1, count do
    local conflict = type(fate[i]) == 'string' and string.byte(fate[i]) == 99
    if type(fate[i]) == 'table' and owned[fate[i][1]][2] ~= fate[i][2] then conflict = true fate[i] = 'c0' end
    if not conflict then fate[i] = 'f' end
  end
end
for i, before in pairs(succeeds) do if not fate[i] then superseded[before] = true end end

-- Write.
for i = 1, #orphans do redis.call('ZADD', ended, now, orphans[i]) end
-- Never behind the clock, so that a server that lost its last writes gives no number twice.
local n = math.max(tonumber(m[2]) or 0, time[1] * 1000000 + time[2])
local base, accepted, stamp = n, 0, string.format('%013.0f', now)
local records, ready, later, receipts, large = {}, {}, {}, {}, false
${places.replace}for i = 1, count do
  if not fate[i] then
    n = n + 1
    accepted = accepted + 1
    local number = string.format('%.0f', n)
    local record = ARGV[first + i - 1]
    if not superseded[i] then
    if #record > ${LARGE_RECORD} then large = true end
    local level = string.byte(record, 1) - 48
    records[#records + 1] = number
    records[#records + 1] = stamp .. record
    local lists = delays[i] and later or ready
    local list = lists[level]
    if not list then list = {} lists[level] = list end
    if delays[i] then list[#list + 1] = now + delays[i] end
    list[#list + 1] = number
    end
    if special then receipts[i] = 'a' .. number end
    if owned[i] then
      owned[i][3] = number
      owner[owned[i][1]] = owned[i]
    end
    ${places.supersede}
  end
end
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
local answer
if special then
  for i = 1, count do receipts[i] = receipts[i] or fate[i] end
  answer = table.concat(receipts, ',')
else
  answer = 'A' .. string.format('%.0f', base + 1)
end

if accepted > 0 then
  -- Descending, as they are claimed.
  local used, areKnown = '', m[1] and not levelsLost
  for level in pairs(usedNow) do areKnown = areKnown and string.find(levels, string.char(level), 1, true) end
  for at = 2, #levels do areKnown = areKnown and string.byte(levels, at) < string.byte(levels, at - 1) end
  if areKnown then
    redis.call('HSET', meta, 'n', string.format('%.0f', n))
  else
    for level = 9, 0, -1 do
      if usedNow[level + 48] or string.find(levels, level, 1, true) then used = used .. level end
    end
    redis.call('HSET', meta, 'layout', ${LAYOUT}, 'n', string.format('%.0f', n), 'levels', used)
  end
  if large and not m[7] then redis.call('HSET', meta, 'large', 1) end
  if m[7] and not large and wasEmpty then redis.call('HDEL', meta, 'large') end
  redis.call('HSET', tasks, unpack(records))
  local awake = false
  for level, list in pairs(ready) do
    redis.call('RPUSH', KEYS[READY + level], unpack(list))
    awake = true
  end
  for level, list in pairs(later) do
    redis.call('ZADD', KEYS[LATER + level], unpack(list))
    -- An idle worker sleeps until the earliest it knows of; hint at it if that is now one of these.
    local earliest = redis.call('ZRANGE', KEYS[LATER + level], 0, 0)[1]
    for k = 2, #list, 2 do if list[k] == earliest then awake = true end end
  end
  if awake then
    ${takesPlaces ? '' : TELL}
    ${WAKE}
    wake()
  end
${places.act}
end
if full and roomTopic ~= '' then${seekRoom('roomTopic')}end
redis.call('HSET', producers, lane, ARGV[2] .. '|' .. stamp .. '|' .. answer)
if not last then
  ${FORGET_LANES}
  forgetLanes(producers)
end
return answer
`
}
