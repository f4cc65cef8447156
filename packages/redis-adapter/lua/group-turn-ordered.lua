#!lua flags=allow-oom
local seq = KEYS[1]
local log = KEYS[2]
local readers = KEYS[3]
local floors = KEYS[4]
local alive = KEYS[5]
local bells = KEYS[6]
local meta = KEYS[7]
local leases = KEYS[8]
local hands = KEYS[9]
local held = KEYS[10]
local open = KEYS[11]
local returned = KEYS[12]
local back = KEYS[13]
local suspects = KEYS[14]
local delays = KEYS[15]
local lanes = KEYS[16]
local idle = KEYS[17]
local dead = KEYS[18]
local graves = KEYS[19]
local notes = KEYS[20]
local named = KEYS[21]
local tails = KEYS[22]
local behind = KEYS[23]
local firsts = KEYS[24]
local blocked = KEYS[25]
local unnamed = KEYS[26]

local lane, number, isRepeat, want, maxBytes, leaseMs, bounds, topic, awaitsWork, isLast, group, start, suspectFrom, count = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[8], ARGV[9] == '1', ARGV[10] == '1', ARGV[11], ARGV[12], tonumber(ARGV[13]), tonumber(ARGV[14])
local told = tonumber(ARGV[15])
if not (number and want and maxBytes and leaseMs and count and told) or not (want >= 0 and want <= 1000 and want % 1 == 0)
  or not (leaseMs >= 1 and leaseMs <= 86400000) or not (count >= 0 and count <= 1000) or #ARGV ~= 15 + 2 * count + 2 * told
  or not (string.find(start, '^%a+$') or string.find(start, '^since %d+$') or string.find(start, '^position %S+ %d+$')) then
  return redis.error_reply('MQARGS a turn is not right')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
local function whole16(number) return string.format('%.0f', number) end

local m = redis.call('HMGET', meta, 'layout', 'cursor', 'paused', 'seen', 'fence', 'leaseMs', 'recoverAfter', 'read',
  'lost', 'out', 'floor', 'unreported', 'ordered')

do
  local stored = m[1]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this group has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
for i = 4, 10 do m[i] = digits(m[i]) end
m[2] = m[2] and #m[2] < 42 and string.find(m[2], '^%d+%-%d+$') and m[8] and m[2] or nil

local function sleep(member, at)
  if redis.call('ZADD', idle, at, member) == 0 then return end
  local gone = redis.call('ZRANGEBYSCORE', idle, '-inf', now - 3600000, 'LIMIT', 0, 8)
  if #gone > 0 then redis.call('ZREM', idle, unpack(gone)) end
end

-- Newest first: most probably it is still there.
local function restBell()
  local topics = redis.call('ZREVRANGE', idle, 0, 3)
  for i = 1, #topics do topics[i] = string.match(topics[i], '^(.*)|') or '' end
  if #topics > 0 then redis.call('HSET', bells, group, table.concat(topics, ',')) end
end


-- Read every key that may be written, so that a key of a wrong type fails here.
local previous = redis.call('HGET', lanes, lane)
local idleCount = redis.call('ZCARD', idle)
redis.call('ZCARD', alive)
redis.call('HLEN', bells)
local member = topic .. '|' .. string.match(lane, '^[^.]*')

local sums = redis.call('HMGET', seq, 'n', 'bytes', 'layout', 'largest')

do
  local stored = sums[3]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

-- What sleeping members ask again and again: is there anything at all?
local isNext = (tonumber(string.match(previous or '0', '^%d+')) or number) < number
if isNext and count == 0 and want > 0 and not isRepeat and awaitsWork and m[2] and m[2] == m[11] and not m[12] and m[3] ~= '1' and m[10] == '0'
  and sums[1] == m[8] and told == 0 and m[13] and redis.call('EXISTS', leases, held, returned, delays, suspects, named, unnamed) == 0 then
  redis.call('ZADD', alive, now, group)
  sleep(member, now)
  restBell()
  return { { now, '0', -1, '', '', {}, {}, 0, 0, {}, 0 }, '', {} }
end

redis.call('XLEN', log)
redis.call('HLEN', floors)
local hasLeases = redis.call('ZCARD', leases) > 0
redis.call('HLEN', hands)
redis.call('HLEN', held)
redis.call('ZCARD', open)
local hasReturned = redis.call('HLEN', returned) > 0
local hasBack = redis.call('LLEN', back) > 0
redis.call('LLEN', suspects)
local hasDelays = redis.call('ZCARD', delays) > 0
local hasNotes = redis.call('HLEN', notes) > 0
local groups = redis.call('ZCARD', readers)

for _, key in ipairs({ named, tails, behind }) do redis.call('HLEN', key) end
for _, key in ipairs({ firsts, blocked, unnamed }) do redis.call('ZCARD', key) end


local function tell(topic, letter)
  local queue, outcomes, name = string.match(meta, '{(.-)}(.-):group%.(.*):meta$')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queue .. outcomes .. '/' .. name)
  return type(heard) == 'number' and heard or 0
end

local function wake()
  for _ = 1, 64 do
    local w = redis.call('ZPOPMAX', idle)
    if not w[1] then return end
    local topic = string.match(w[1], '^(.*)|')
    if topic and tell(topic, 'w') > 0 then return end
  end
end

local seen = tonumber(m[4])

local function watch(due)
  local ends = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
  if not ends then return due end
  ends = math.max(0, math.min(4000, math.ceil(tonumber(ends)) - now))
  return due >= 0 and math.min(due, ends) or ends
end

local given, limits = bounds, nil
local function keepLimits()
  if limits then return limits end
  local text = given ~= '' and given or redis.call('HGET', meta, 'keep') or ''
  limits = {}
  for number in string.gmatch(text, '%d+') do limits[#limits + 1] = #number < 17 and tonumber(number) or nil end
  if #limits ~= 6 then limits = { 1209600000, 9007199254740991, 1073741824, 3600000, 10000, 67108864 } end
  return limits
end

local function amount(text) return text and #text < 17 and string.find(text, '^%d+$') and tonumber(text) or 0 end

local function noteKept(...)
  if given ~= '' then redis.call('HSET', meta, 'keep', given, ...) else redis.call('HSET', meta, ...) end
end

local foreign = 0

local function countForeign()
  if foreign == 0 then return end
  redis.call('HSET', meta, 'foreign', string.format('%.0f', amount(redis.call('HGET', meta, 'foreign')) + foreign))
end
local function reportOf(letters, unreported)
  countForeign()
  if unreported then
    redis.call('HDEL', meta, 'unreported')
    local before, foreignBefore = string.match(unreported, '^(%d+),(%d+)$')
    letters, foreign = letters + amount(before), foreign + amount(foreignBefore)
  end
  return letters + foreign > 0 and string.format(';%.0f,%.0f', letters, foreign) or ''
end

local function settleFloor(cursor, read, before)
  local floor, floorN = cursor, read
  local first = redis.call('ZRANGE', open, 0, 0, 'WITHSCORES')
  if first[1] and tonumber(first[2]) <= read then
    local function idBefore(id)
      local ms, s = string.match(id, '^(%d+)%-(%d+)$')
      -- 2^53 - 2: no message has such a number, and Lua has no larger ones to the last digit.
      if s == '0' then return whole16(tonumber(ms) - 1) .. '-9007199254740990' end
      return ms .. '-' .. whole16(math.min(9007199254740990, tonumber(s) - 1))
    end
    local id = string.match(redis.call('HGET', hands, first[1]) or '', '^(%d+%-%d+)|')
    if id then floor, floorN = idBefore(id), tonumber(first[2]) - 1 end
  end
  if floor ~= before then
    redis.call('ZADD', readers, whole16(floorN), group)
    redis.call('HSET', floors, group, floor)
  end
  return floor
end

local cursor, readN, began = m[2], tonumber(m[8]), not m[2]
local lost, out, fence = tonumber(m[9]) or 0, tonumber(m[10]) or 0, m[5]

local LEASE, ACT = 15, 15 + count
-- C, c, O, R, r, F, B, b, X.
local COMPLETE, COMPLETE_EMPTY, OTHERWISE, RETRY_CHARGED, RETRY = 67, 99, 79, 82, 114
local RELEASE, BURY_CHARGED, BURY, EXPIRE = 70, 66, 98, 88
local buries, expires, differs, completes = false, false, false, true
for i = 1, count do
  local act = ARGV[ACT + i]
  local kind = string.byte(act)
  if kind ~= COMPLETE and kind ~= COMPLETE_EMPTY then completes = false end
  if kind == RETRY_CHARGED or kind == RETRY then
    if not string.find(act, '^%a%d+$') and not string.find(act, '^R%d+|') then return redis.error_reply('MQARGS a delay is not a number') end
  elseif kind == BURY_CHARGED or kind == BURY then
    buries = true
  elseif kind == EXPIRE then
    expires = true
  elseif kind == OTHERWISE and string.find(act, '^O[Cc]') then
    differs = true
  elseif not (kind == COMPLETE or kind == COMPLETE_EMPTY or kind == RELEASE) then
    return redis.error_reply('MQARGS an act is not known')
  end
end

local ended = {}
local function letThrough(ids)
  local keys, nexts = redis.call('HMGET', named, unpack(ids)), redis.call('HMGET', behind, unpack(ids))
  local through, over = {}, {}
  for i = 1, #ids do
    if keys[i] and nexts[i] then
      through[#through + 1] = nexts[i]
    elseif keys[i] and redis.call('HGET', tails, keys[i]) == ids[i] then
      over[#over + 1] = keys[i]
    end
  end
  redis.call('HDEL', named, unpack(ids))
  redis.call('HDEL', behind, unpack(ids))
  if #over > 0 then redis.call('HDEL', tails, unpack(over)) end
  if #through == 0 then return false end
  local scores, members = redis.call('ZMSCORE', blocked, unpack(through)), {}
  for i = 1, #through do
    members[2 * i - 1] = scores[i] or string.match(through[i], '%-(%d+)$') or 0
    members[2 * i] = through[i]
  end
  redis.call('ZREM', blocked, unpack(through))
  redis.call('ZADD', firsts, unpack(members))
  return true
end
local function letEnded()
  local isThrough = false
  for i = 1, #ended, 1000 do
    if letThrough({ unpack(ended, i, math.min(i + 999, #ended)) }) then isThrough = true end
  end
  ended = {}
  return isThrough
end

local bitsOf, idsOf, touched, givenBack, deadDropped = {}, {}, {}, 0, 0

local function readBits(text)
  return text and #text <= 1000 and string.find(text, '^[0123]+$') and { string.byte(text, 1, -1) } or false
end
local function idsIn(hand)
  if not idsOf[hand] then
    local ids = {}
    for id in string.gmatch(string.match(redis.call('HGET', hands, hand) or '', '|(.*)$') or '', '[^,]+') do ids[#ids + 1] = id end
    idsOf[hand] = ids
  end
  return idsOf[hand]
end
-- What somebody else wrote is given whole.
local function textOf(entry)
  local fields = entry[2]
  return #fields == 2 and fields[1] == 'm' and fields[2] or table.concat(fields, '\n')
end
-- Failures, crashes and the text of a message; nothing when the log had to drop it meanwhile.
local function read(id, bit)
  if bit ~= 49 then return string.match(redis.call('HGET', returned, id) or '', '^(%d+)|(%d+)|(.*)$') end
  local entry = redis.call('XRANGE', log, id, id)[1]
  if entry then return 0, 0, textOf(entry) end
end
local function giveBack(id, bit, failed, crashed)
  local failures, crashes, text = read(id, bit)
  if not text then
    lost = lost + 1
    if hasNotes then redis.call('HDEL', notes, id) end
    ended[#ended + 1] = id
    return false
  end
  givenBack = givenBack + #text
  -- The first crash is charged in any case, so that plain messages need no note of their start.
  if bit == 50 and tonumber(crashes) > 0 then crashed = 0 end
  redis.call('HSET', returned, id, (failures + failed) .. '|' .. (crashes + crashed) .. '|' .. text)
  return true
end

-- Under its number and in the form of a task's grave; what somebody else wrote, under its id.
local function bury(id, bit, charge, reasonAndDetail)
  local failures, crashes, text = read(id, bit)
  local ms, n = string.match(id, '^(%d+)%-(%d+)$')
  local payload = string.match(text or '', '^%d+ (%d+ %d+ .*)$')
  local member = payload and n or id
  local facts = ((failures or 0) + charge) .. '|' .. (crashes or 0) .. '|0|' .. reasonAndDetail
  local stamp = string.rep('0', 13 - #ms) .. string.sub(ms, -13)
  local grave = facts .. '\n' .. stamp .. '0\n' .. (payload or text or '')
  -- A group that was sent back can give up a message anew.
  local before = redis.call('HSTRLEN', graves, member)
  redis.call('HSET', graves, member, grave)
  redis.call('ZADD', dead, now, member)
  return #grave - before
end

local function trimDead(buried)
  local limit = keepLimits()
  local known = redis.call('HMGET', meta, 'deadBytes', 'deadDropped')
  local bytes, dropped = amount(known[1]) + buried, amount(known[2])
  local old = redis.call('ZRANGEBYSCORE', dead, '-inf', now - limit[1], 'LIMIT', 0, 1000)
  local excess = math.min(redis.call('ZCARD', dead) - #old - limit[2], 1000)
  if excess > 0 then
    local oldest = redis.call('ZRANGE', dead, #old, #old + excess - 1)
    for i = 1, #oldest do old[#old + 1] = oldest[i] end
  end
  local function isTooMuch() return bytes > limit[3] and #old < 2000 end
  for i = 1, #old do bytes = bytes - redis.call('HSTRLEN', graves, old[i]) end
  while isTooMuch() do
    local oldest = redis.call('ZRANGE', dead, #old, #old + 9)
    if #oldest == 0 then bytes = 0 end
    for i = 1, #oldest do
      if not isTooMuch() then break end
      old[#old + 1] = oldest[i]
      bytes = bytes - redis.call('HSTRLEN', graves, oldest[i])
    end
  end
  if #old > 0 then
    redis.call('ZREM', dead, unpack(old))
    redis.call('HDEL', graves, unpack(old))
  end
  noteKept('deadBytes', string.format('%.0f', math.max(0, bytes)), 'deadDropped', string.format('%.0f', dropped + #old))
  return #old
end


local function endHands(over)
  if #over == 0 then return end
  redis.call('HDEL', held, unpack(over))
  redis.call('HDEL', hands, unpack(over))
  redis.call('ZREM', leases, unpack(over))
  redis.call('ZREM', open, unpack(over))
end
local function pushFront(ids)
  if #ids == 0 then return end
  local reversed = {}
  for i = #ids, 1, -1 do reversed[#reversed + 1] = ids[i] end
  redis.call('LPUSH', back, unpack(reversed))
  hasBack = true
end

local function settle()
  local handOf, indexOf, stale, heads, gone, forgotten, buried, bytes, retried = {}, {}, {}, {}, {}, {}, false, 0, false
  for i = 1, count do
    local hand, index = string.match(ARGV[LEASE + i], '^(%d+)%.(%d+)$')
    handOf[i], indexOf[i] = hand, tonumber(index)
    if hand and bitsOf[hand] == nil then
      bitsOf[hand] = false
      touched[#touched + 1] = hand
    end
  end
  if #touched > 0 then
    local found = redis.call('HMGET', held, unpack(touched))
    for i = 1, #touched do bitsOf[touched[i]] = readBits(found[i]) end
  end
  for i = 1, count do
    local bits, index, act = handOf[i] and bitsOf[handOf[i]], indexOf[i], ARGV[ACT + i]
    local bit = bits and bits[index] or 48
    if bit == 48 then
      stale[#stale + 1] = i
    else
      bits[index] = 48
      out = out - 1
      local kind = string.byte(act)
      local isOver = kind == COMPLETE or kind == COMPLETE_EMPTY or kind == EXPIRE
      local id = idsIn(handOf[i])[index]
      if not id and not isOver then
        -- Somebody else wrote into `hands`: which message it was is not known.
        lost, foreign = lost + 1, foreign + 1
      elseif id and kind == RELEASE then
        if giveBack(id, bit, 0, 0) then heads[#heads + 1] = id end
      elseif id and (kind == RETRY_CHARGED or kind == RETRY) then
        local delay = tonumber(string.sub(act, 2))
        if giveBack(id, bit, kind == RETRY_CHARGED and 1 or 0, 0) then
          retried = true
          if delay > 0 then
            redis.call('ZADD', delays, now + delay, id)
          else
            redis.call('RPUSH', back, id)
            hasBack = true
          end
        end
      elseif id then
        if not isOver then
          buried = true
          bytes = bytes + bury(id, bit, kind == BURY_CHARGED and 1 or 0, string.sub(act, 2))
        end
        if bit ~= 49 then gone[#gone + 1] = id end
        ended[#ended + 1] = id
      end
      if hasNotes and (isOver or kind == BURY_CHARGED or kind == BURY) then forgotten[#forgotten + 1] = idsIn(handOf[i])[index] end
    end
  end
  pushFront(heads)
  if #gone > 0 then redis.call('HDEL', returned, unpack(gone)) end
  if #forgotten > 0 then redis.call('HDEL', notes, unpack(forgotten)) end
  if buried then deadDropped = trimDead(bytes) end
  local over, kept = {}, {}
  for i = 1, #touched do
    local hand = touched[i]
    if bitsOf[hand] then
      local text = string.char(unpack(bitsOf[hand]))
      if string.find(text, '[123]') then
        kept[#kept + 1] = hand
        kept[#kept + 1] = text
      else
        over[#over + 1] = hand
      end
    end
  end
  if #kept > 0 then redis.call('HSET', held, unpack(kept)) end
  endHands(over)
  return stale, retried or #heads > 0
end

local suspectsLeft, setAside = false, false
local function answer(hand, nextDue, stale, ids, texts, facts, lostNow, report)
  local memos = hasNotes and #ids > 0 and redis.call('HMGET', notes, unpack(ids)) or {}
  local reply = { now, whole16(hand), nextDue, stale, table.concat(ids, ','), texts, facts, lostNow, began and 1 or 0, memos,
    (suspectsLeft and 1 or 0) + (m[3] == '1' and 2 or 0) }
  if report ~= '' then
    local function withReport(reply, text)
      local letters, entries = string.match(text, ';(%d+),(%d+)$')
      reply[#reply + 1], reply[#reply + 2] = tonumber(letters), tonumber(entries)
      return reply
    end
    withReport(reply, report)
  end
  return reply
end

-- Claims that ended meanwhile are left out, but keep their place.
local function replay(stale, hand, lostBefore)
  local bits = readBits(redis.call('HGET', held, hand))
  local ids, texts, facts = {}, {}, {}
  if bits then
    for i, id in ipairs(idsIn(hand)) do
      local failures, crashes, text
      if bits[i] and bits[i] ~= 48 then failures, crashes, text = read(id, bits[i]) end
      ids[i], texts[i], facts[i] = text and id or '-', text or '', text and (failures .. '|' .. crashes) or ''
    end
  end
  return answer(tonumber(hand), -1, string.match(stale, '^[^;]*'), ids, texts, facts, tonumber(lostBefore), stale)
end

local function hasMore()
  if redis.call('ZCARD', firsts) > 0 then return true end
  if redis.call('ZCARD', blocked) >= 10000 then return redis.call('LLEN', back) > 0 end
  if redis.call('ZCARD', unnamed) > 0 then return true end
  return redis.call('LLEN', back) > 0 or (tonumber(digits(sums[1]) or '') or 0) > readN
end

local function standsIn(key, n) return redis.call('LPOS', key, n, 'MAXLEN', 1000) end
-- Somebody else wrote to `held` or `hands`. What was settled is not known: all is given again but what is seen to wait, once more
-- with its pause. Where the id is gone too, the message is lost.
local function digitsFor(ids, bits)
  foreign = foreign + 1
  for i = #ids + 1, bits and #bits or 0 do
    if bits[i] ~= 48 then lost = lost + 1 end
  end
  local all = {}
  for i, id in ipairs(ids) do
    local waits = redis.call('ZSCORE', delays, id) or standsIn(back, id) or standsIn(suspects, id)
    all[i] = waits and 48 or redis.call('HEXISTS', returned, id) == 1 and 50 or 49
  end
  return all
end
-- How many are leased, by what is written of each hand, unless there are very many.
local function countOut()
  local left = redis.call('ZRANGEBYSCORE', leases, '-inf', '+inf', 'LIMIT', 0, 1001)
  if #left > 1000 then return end
  out = 0
  for _, hand in ipairs(left) do
    local text = redis.call('HGET', held, hand)
    if readBits(text) then out = out + #string.gsub(text, '0', '') end
  end
end

-- Members died or stood still. To the head of what came back, and charged.
local function recover()
  if not hasLeases then return end
  local ended = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 100)
  if #ended == 0 then return end
  local heads, over, isDamaged = {}, {}, false
  givenBack = 0
  for _, hand in ipairs(ended) do
    if #heads >= 1000 or givenBack >= 4194304 then break end
    local bits, ids = readBits(redis.call('HGET', held, hand)), idsIn(hand)
    over[#over + 1] = hand
    if not bits or #bits ~= #ids then bits, isDamaged = digitsFor(ids, bits), true end
    for i, id in ipairs(ids) do
      if bits[i] ~= 48 then
        out = out - 1
        if giveBack(id, bits[i], 0, 1) then heads[#heads + 1] = id end
      end
    end
  end
  pushFront(heads)
  endHands(over)
  if isDamaged then countOut() end
end

local function claim()
  local ids, texts, facts, bits = {}, {}, {}, {}
  local bytes, largest, cut, hasFacts = 0, 1, false, false
  local function take(id, text, bit, fact)
    local k = #ids + 1
    if k > 1 and bytes + #text > maxBytes then
      cut = true
      return false
    end
    ids[k], texts[k], bits[k], facts[k] = id, text, bit, fact
    bytes = bytes + #text
    if #text > largest then largest = #text end
    return true
  end

  -- Suspects are set aside, and count for what is read.
  local bytesAside = 0
  local namelessSoFar = 0
  local function takeFrom(key)
    while #ids < want and not cut and namelessSoFar < 1000 do
      local some = redis.call('LPOP', key, math.min(want - #ids, 32))
      if not some then return end
      local aside = {}
      local names, nameless = redis.call('HMGET', named, unpack(some)), {}
      for i = 1, #some do
        local failures, crashes, text = string.match(redis.call('HGET', returned, some[i]) or '', '^(%d+)|(%d+)|(.*)$')
        if text and bytesAside > maxBytes then cut = true end
        if text and not cut and suspectFrom and tonumber(crashes) >= suspectFrom then
          aside[#aside + 1] = some[i]
          bytesAside = bytesAside + #text
        elseif text and not cut and not names[i] then
          nameless[#nameless + 1], nameless[#nameless + 2] = string.match(some[i], '%-(%d+)$') or 0, some[i]
          namelessSoFar = namelessSoFar + 1
        elseif text then
          if cut or not take(some[i], text, '2', failures .. '|' .. crashes) then
            for k = #some, i, -1 do redis.call('LPUSH', key, some[k]) end
            break
          end
          hasFacts = true
        else
          -- Nothing that came back has this id: somebody else wrote it.
          foreign = foreign + 1
          if foreign >= 20000 then cut = true end
        end
      end
      if #nameless > 0 then redis.call('ZADD', unnamed, unpack(nameless)) end
      if #aside > 0 then
        redis.call('RPUSH', suspects, unpack(aside))
        setAside = true
      end
    end
  end

  if not suspectFrom then takeFrom(suspects) end
  -- What this turn delays is not due.
  if hasDelays then
    local due = redis.call('ZRANGEBYSCORE', delays, '-inf', now, 'LIMIT', 0, want + 1)
    if #due > 0 then
      redis.call('RPUSH', back, unpack(due))
      redis.call('ZREM', delays, unpack(due))
      hasBack = true
    end
  end
  if hasBack then takeFrom(back) end

  local fresh, readBefore = nil, readN
  local passed = 0
  while #ids < want and not cut do
    local some = redis.call('ZRANGE', firsts, 0, math.min(want - #ids, 32) - 1, 'WITHSCORES')
    if #some == 0 then break end
    local asked, taken, gone = {}, {}, {}
    for i = 1, #some, 2 do asked[#asked + 1] = some[i] end
    local copies = redis.call('HMGET', returned, unpack(asked))
    for i, id in ipairs(asked) do
      local failures, crashes, text = string.match(copies[i] or '', '^(%d+)|(%d+)|(.*)$')
      local isFresh = not text
      if isFresh then
        local entry = redis.call('XRANGE', log, id, id)[1]
        text = entry and textOf(entry)
      end
      if not text then
        gone[#gone + 1] = id
      elseif take(id, text, isFresh and '1' or '2', isFresh and '' or failures .. '|' .. crashes) then
        taken[#taken + 1] = id
        if not isFresh then hasFacts = true end
        -- What follows one that is gone may be of a lower number than what was taken before.
        if isFresh and (not fresh or tonumber(some[2 * i]) <= readBefore) then fresh, readBefore = id, some[2 * i] - 1 end
      else
        break
      end
    end
    if #taken > 0 then redis.call('ZREM', firsts, unpack(taken)) end
    if #gone > 0 then
      lost = lost + #gone
      redis.call('ZREM', firsts, unpack(gone))
      letThrough(gone)
      passed = passed + #gone
      if passed >= 1000 then cut = true end
    end
  end
  if namelessSoFar >= 1000 then cut = true end
  if #ids == 0 then
    -- There is more behind the suspects.
    if cut then return 0, ids, texts, facts, 0, true end
    local due = redis.call('ZRANGE', delays, 0, 0, 'WITHSCORES')[2]
    return 0, ids, texts, facts, due and math.max(0, due - now) or -1, false
  end

  -- Never behind the clock, so that no server gives a number twice.
  local hand = math.max(tonumber(m[5]) or 0, time[1] * 1000000 + time[2]) + 1
  fence = hand + #ids - 1
  local name = whole16(hand)
  redis.call('HSET', held, name, table.concat(bits))
  redis.call('HSET', hands, name, (fresh or '') .. '|' .. table.concat(ids, ','))
  redis.call('ZADD', leases, now + leaseMs, name)
  if fresh then
    -- The number of the first message, or where somebody else's is before it, at least that of the next one.
    local first = tonumber(string.match(fresh, '%-(%d+)$'))
    redis.call('ZADD', open, first > readBefore and first <= readN and whole16(first) or whole16(readBefore + 1), name)
  end
  out = out + #ids
  return hand, ids, texts, hasFacts and facts or {}, -1, cut
end

local TOLD = ACT + count
for i = 1, told do
  local id, key = ARGV[TOLD + 2 * i - 1], ARGV[TOLD + 2 * i]
  if not (string.find(id, '^%d+%-%d+$') and #id < 40 and key ~= '') then return redis.error_reply('MQARGS a key is not right') end
end
local function place(ids, scores, keys)
  if #ids == 0 then return end
  local known, tail, first, follows, waits, names = redis.call('HMGET', tails, unpack(keys)), {}, {}, {}, {}, {}
  for i, id in ipairs(ids) do
    local before = tail[keys[i]] or known[i]
    local to = before and waits or first
    to[#to + 1], to[#to + 2] = whole16(scores[i]), id
    if before then follows[#follows + 1], follows[#follows + 2] = before, id end
    names[#names + 1], names[#names + 2] = id, keys[i]
    tail[keys[i]] = id
  end
  local newest = {}
  for key, id in pairs(tail) do newest[#newest + 1], newest[#newest + 2] = key, id end
  redis.call('HSET', named, unpack(names))
  redis.call('HSET', tails, unpack(newest))
  if #first > 0 then redis.call('ZADD', firsts, unpack(first)) end
  if #waits > 0 then
    redis.call('HSET', behind, unpack(follows))
    redis.call('ZADD', blocked, unpack(waits))
  end
end
local function placeTold()
  if told == 0 then return end
  local cursorMs, cursorN = string.match(cursor, '^(%d+)%-(%d+)$')
  cursorMs, cursorN = tonumber(cursorMs), tonumber(cursorN)
  local ids, scores, keys, unread, keyOf = {}, {}, {}, {}, {}
  local function add(id, score, key) ids[#ids + 1], scores[#scores + 1], keys[#keys + 1] = id, score, key end
  local left = redis.call('ZCARD', unnamed)
  for i = 1, told do
    local id, key = ARGV[TOLD + 2 * i - 1], ARGV[TOLD + 2 * i]
    local ms, n = string.match(id, '^(%d+)%-(%d+)$')
    ms, n = tonumber(ms), tonumber(n)
    if ms > cursorMs or (ms == cursorMs and n > cursorN) then
      unread[#unread + 1], keyOf[id] = id, key
    elseif left > 0 and redis.call('ZREM', unnamed, id) > 0 then
      left = left - 1
      add(id, math.min(n, readN), key)
    end
  end
  -- They follow one another. Where the first is not what comes next, another told it, or the group was moved, and who knows what these weigh.
  local some = left == 0 and #unread > 0 and redis.call('XRANGE', log, '(' .. cursor, '+', 'COUNT', 1) or {}
  if #unread > 1 and #some > 0 and keyOf[some[1][1]] then some = redis.call('XRANGE', log, '(' .. cursor, '+', 'COUNT', #unread) end
  for _, entry in ipairs(some) do
    local id = entry[1]
    -- Somebody else wrote it since: it is ahead itself.
    if not keyOf[id] then break end
    local s = digits(string.match(id, '%-(%d+)$'))
    if s and string.match(textOf(entry), '^%d+ %d+ (%d+) ') == s then
      local n = tonumber(s)
      lost = lost + math.max(0, n - readN - 1)
      readN = math.max(readN, n)
    end
    cursor = id
    add(id, readN, keyOf[id])
  end
  place(ids, scores, keys)
end

local function lookAhead()
  local ids, texts, bytes, largest = {}, {}, 0, 1
  if m[3] == '1' or want == 0 or redis.call('ZCARD', firsts) >= want or redis.call('ZCARD', blocked) >= 10000 then return ids, texts end
  local limit = math.min(maxBytes, 62000)
  local function add(id, text)
    bytes = bytes + #text
    if #ids > 0 and (#ids == 500 or bytes > limit) then return false end
    ids[#ids + 1], texts[#texts + 1] = id, text
    largest = math.max(largest, #text)
    return true
  end
  while true do
    local some = redis.call('ZRANGE', unnamed, #ids, #ids + 31)
    for _, id in ipairs(some) do
      local text = string.match(redis.call('HGET', returned, id) or '', '^%d+|%d+|(.*)$')
      local entry = not text and string.find(id, '^%d+%-%d+$') and redis.call('XRANGE', log, id, id)[1]
      if entry then text = textOf(entry) end
      if not text then
        redis.call('ZREM', unnamed, id)
        -- The channel had to drop it; else somebody else wrote it.
        if string.find(id, '^%d+%-%d+$') then lost = lost + 1 else foreign = foreign + 1 end
      elseif not add(id, text) then
        return ids, texts
      end
    end
    if #some < 32 then break end
  end
  -- As many are read at once as fit whatever they weigh; then a few at a time, if they weigh what those before did.
  local most = tonumber(digits(sums[4]) or '')
  local last, isEnd, few = cursor, false, 1
  while not isEnd and (bytes < limit or #ids == 0) do
    local fitting = most and math.floor((limit - bytes) / (most + 51)) or 0
    local step = math.min(500 + 1 - #ids, math.max(fitting, math.min(few, math.floor((limit - bytes) / largest))))
    step = math.max(1, step)
    few = 8
    local some = redis.call('XRANGE', log, '(' .. last, '+', 'COUNT', step)
    for _, entry in ipairs(some) do
      if not add(entry[1], textOf(entry)) then return ids, texts end
      last = entry[1]
    end
    isEnd = #some < step
  end
  local newest = tonumber(digits(sums[1]) or '') or 0
  if isEnd and last == cursor and newest > readN then
    -- All that was to come is gone already.
    lost = lost + newest - readN
    readN = newest
  end
  return ids, texts
end
local function mendOrder()
  if redis.call('ZCARD', firsts) > 0 or redis.call('EXISTS', named, blocked) == 0 or redis.call('EXISTS', leases, back, delays, suspects) > 0 then return end
  foreign = foreign + 1
  for _, some in ipairs({ redis.call('HRANDFIELD', named, 20000), redis.call('ZRANGE', blocked, 0, 19999) }) do
    for i = 1, #some do
      local n = string.match(some[i], '^%d+%-(%d+)$')
      if n then redis.call('ZADD', unnamed, n, some[i]) end
    end
  end
  redis.call('UNLINK', named, tails, behind, blocked)
end


local function idBefore(id)
  local ms, s = string.match(id, '^(%d+)%-(%d+)$')
  -- 2^53 - 2: no message has such a number, and Lua has no larger ones to the last digit.
  if s == '0' then return whole16(tonumber(ms) - 1) .. '-9007199254740990' end
  return ms .. '-' .. whole16(math.min(9007199254740990, tonumber(s) - 1))
end

local function isCopied(id) return hasReturned and redis.call('HEXISTS', returned, id) == 1 end
local function waitsFrom(place, read)
  for _, key in ipairs({ firsts, blocked }) do
    local some, k = redis.call('ZRANGE', key, 0, hasReturned and 31 or 0, 'WITHSCORES'), 1
    while k < #some - 1 and isCopied(some[k]) do k = k + 2 end
    local isId = string.find(some[k] or '', '^%d+%-%d+$')
    -- Behind so many with copies may be one without.
    local isNeeded = isId and (k < #some - 1 or #some == 64 or not isCopied(some[k]))
    if isNeeded and tonumber(some[k + 1]) - 1 < read then
      read = math.max(0, tonumber(some[k + 1]) - 1)
      place = idBefore(some[k])
    end
  end
  return place, read
end


if previous then
  local previousNumber, staleBefore, handBefore, lostBefore = string.match(previous, '^(%d+)|%d+|([^|]*)|(%d+)|(%d+)$')
  previousNumber = tonumber(previousNumber) or 0
  if previousNumber > number then return redis.error_reply('MQSTALE a newer turn of this lane was answered') end
  if previousNumber == number then
    return { replay(staleBefore, handBefore, lostBefore), '', {} }
  end
end
if began and groups >= 1000 then return redis.error_reply('MQGROUPS a channel has at most 1000 groups') end
if buries then
  redis.call('ZCARD', dead)
  redis.call('HLEN', graves)
end

-- A lane that was used before, and ends, begins no group: it was removed meanwhile.
if began and isLast and number > 1 then
  local stale = {}
  for i = 1, count do stale[i] = i end
  redis.call('ZREM', idle, member)
  began = false
  return { answer(0, -1, table.concat(stale, ','), {}, {}, {}, 0, ''), '', {} }
end
if began then
  local function placeOf(start)
    local function ownNumber(entry)
      local s, fields = digits(string.match(entry[1], '%-(%d+)$')), entry[2]
      return s and fields[1] == 'm' and string.match(fields[2], '^%d+ %d+ (%d+) ') == s and tonumber(s) or nil
    end

    local function messageFrom(from)
      for _, count in ipairs({ 1, 64 }) do
        local some = redis.call('XRANGE', log, from, '+', 'COUNT', count)
        for i = 1, #some do
          if ownNumber(some[i]) then return tonumber(string.match(some[i][1], '^%d+')), ownNumber(some[i]) end
        end
      end
    end
    local function idBefore(id)
      local ms, s = string.match(id, '^(%d+)%-(%d+)$')
      -- 2^53 - 2: no message has such a number, and Lua has no larger ones to the last digit.
      if s == '0' then return whole16(tonumber(ms) - 1) .. '-9007199254740990' end
      return ms .. '-' .. whole16(math.min(9007199254740990, tonumber(s) - 1))
    end
    local known = redis.call('HMGET', seq, 'epoch', 'n', 'at', 'epochs')
    local n, at = tonumber(digits(known[2]) or ''), tonumber(digits(known[3]) or '')
    local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
    if oldest and not (n and at) then
      local function ownNumber(entry)
        local s, fields = digits(string.match(entry[1], '%-(%d+)$')), entry[2]
        return s and fields[1] == 'm' and string.match(fields[2], '^%d+ %d+ (%d+) ') == s and tonumber(s) or nil
      end

      local function endOfLog()
        local ms
        for _, count in ipairs({ 1, 64 }) do
          local some = redis.call('XREVRANGE', log, '+', '-', 'COUNT', count)
          ms = some[1] and tonumber(string.match(some[1][1], '^%d+'))
          for i = 1, #some do
            if ownNumber(some[i]) then return ms, ownNumber(some[i]) end
          end
        end
        return ms
      end
      at, n = endOfLog()
    end
    n, at = n or 0, at or 0
    local kind, rest = string.match(start, '^(%a+) ?(.*)$')
    local found = oldest
    if kind == 'since' then found = redis.call('XRANGE', log, whole16(math.max(0, now - tonumber(rest))), '+', 'COUNT', 1)[1] end
    local epoch, p = string.match(rest or '', '^(%S+) (%d+)$')
    -- What an epoch's numbers may be is cut off where the next one began.
    local isKnown, upTo = false, n
    for other, first in string.gmatch(known[4] or '', '(%d+):(%d+)') do
      if isKnown then
        upTo = tonumber(first) - 1
        break
      end
      isKnown = other == epoch
    end
    isKnown = isKnown or (epoch ~= nil and epoch == known[1])
    if kind == 'position' and isKnown then
      p = math.min(tonumber(p), upTo)
      if p >= n or not oldest then return whole16(at) .. '-' .. whole16(n), n end
      local low, first = messageFrom(oldest[1])
      if not low or first > p then return idBefore(oldest[1]), p end
      local high = at
      while low < high do
        local middle = math.floor((low + high + 1) / 2)
        local ms, number = messageFrom(whole16(middle))
        if number and number <= p then low = ms else high = middle - 1 end
      end
      return whole16(low) .. '-' .. whole16(p), p
    end
    if kind == 'latest' or not found then return whole16(at) .. '-' .. whole16(n), n end
    local _, first = messageFrom(found[1])
    return idBefore(found[1]), first and first - 1 or 0
  end
  cursor, readN = placeOf(start)
end
if not seen or math.abs(now - seen) >= 1000 then redis.call('ZADD', alive, now, group) end

do
  local away = seen and now - seen
  local goesBack = away and away < -1000
  local isGap = not away or goesBack or away > math.max(5000, leaseMs / 2)
  if isGap and redis.call('ZCARD', leases) > 0 then
    local since = away and not goesBack and '(' .. string.format('%.0f', seen) or '-inf'
    local till = goesBack and '+inf' or string.format('%.0f', now + 30000)
    local ending, changed = redis.call('ZRANGEBYSCORE', leases, since, till, 'WITHSCORES', 'LIMIT', 0, 100000), {}
    for i = 1, #ending, 2 do
      local deadline = math.floor(ending[i + 1])
      local fraction, left = ending[i + 1] - deadline, away and deadline - seen or 0
      local ends = deadline
      if goesBack then
        -- The clock stepped back: what was left is left, but no less than a lease from now.
        ends = math.min(deadline, math.max(deadline + away, now + leaseMs))
      elseif fraction < 0.5 then
        ends = math.max(deadline, now + math.min(30000, fraction < 0.25 and math.max(left, leaseMs) or left))
        fraction = fraction + 0.25
      end
      if ends ~= deadline then
        changed[#changed + 1] = string.format('%.4f', ends + fraction)
        changed[#changed + 1] = ending[i]
      end
    end
    for i = 1, #changed, 1000 do redis.call('ZADD', leases, unpack(changed, i, math.min(i + 999, #changed))) end
    seen = now
    redis.call('HSET', meta, 'seen', string.format('%.0f', now))
  end
end

local lostSoFar, stale, requeued = lost, {}, false
if count > 0 then stale, requeued = settle() end
local hand, ids, texts, facts, nextDue, cut = 0, {}, {}, {}, -1, false

recover()
if letEnded() then requeued = true end
placeTold()
-- It takes nothing of what it told.
if want == 0 and told > 0 and redis.call('ZCARD', firsts) > 0 then requeued = true end

if want > 0 and m[3] ~= '1' then hand, ids, texts, facts, nextDue, cut = claim() end

if #ids == 0 and want > 0 then mendOrder() end
local aheadIds, aheadTexts = lookAhead()

if #ids == 0 and want > 0 then nextDue = watch(nextDue) end
suspectsLeft = suspectFrom and m[3] ~= '1' and (hasReturned or setAside) and redis.call('LLEN', suspects) > 0
local staleText, lostNow = table.concat(stale, ','), lost - lostSoFar

local from, fromN = waitsFrom(cursor, readN)
local floor = settleFloor(from, fromN, m[11])

-- What others left, not by the last turn of a lane: it is not repeated, and its reply may reach nobody.
local report = reportOf(deadDropped, not isLast and m[12])

if began or count > 0 or #ids > 0 or lostNow > 0 or floor ~= m[11] or out ~= tonumber(m[10]) or cursor ~= m[2] or not m[13] then
  redis.call('HSET', meta, 'layout', 2, 'cursor', cursor, 'read', whole16(readN), 'lost', whole16(lost),
    'out', whole16(math.max(0, out)), 'floor', floor, 'fence', whole16(fence or 0), 'ordered', 1)
end

-- Once a second: that somebody was here, and that no lease ends later than any can (somebody else wrote it).
if not seen or math.abs(now - seen) >= 1000 then
  redis.call('HSET', meta, 'seen', string.format('%.0f', now))
  local far = redis.call('ZRANGEBYSCORE', leases, '(' .. string.format('%.0f', now + 86400000), '+inf', 'LIMIT', 0, 1000)
  for i = 1, #far do redis.call('ZADD', leases, now + leaseMs, far[i]) end
end


local noted
if isLast then
  noted = string.format('%.0f', now - 3000000) .. '|' .. staleText .. '|0|0'
  redis.call('ZREM', idle, member)
elseif count > 0 or #ids > 0 or lostNow > 0 or report ~= '' or isRepeat then
  noted = whole16(now) .. '|' .. staleText .. report .. '|' .. whole16(hand) .. '|' .. whole16(lostNow)
end
if noted then
  redis.call('HSET', lanes, lane, whole16(number) .. '|' .. noted)
  if not previous then
    local function forgetLanes(key)
      if redis.call('HLEN', key) < 64 then return end
      local some = redis.call('HRANDFIELD', key, 8, 'WITHVALUES')
      for i = 1, #some, 2 do
        local at = tonumber(string.match(some[i + 1], '^%d+|(%d+)|'))
        if not at or now - at > 3600000 then redis.call('HDEL', key, some[i]) end
      end
    end
    forgetLanes(lanes)
  end
end
if #ids > 0 and idleCount > 0 then
  redis.call('ZREM', idle, member)
elseif awaitsWork and #ids == 0 then
  sleep(member, now)
  idleCount = idleCount + 1
end
if idleCount > 0 and m[3] ~= '1' then
  restBell()
  if requeued and #ids < want then requeued = false end
  if requeued or setAside or ((want > 0 or count == 0) and (cut or #ids == want) and hasMore()) then wake() end
end
return { answer(hand, nextDue, staleText, ids, texts, facts, lostNow, report), table.concat(aheadIds, ','), aheadTexts }
