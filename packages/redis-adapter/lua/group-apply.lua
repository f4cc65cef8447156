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

local group, what, detail = ARGV[1], ARGV[2], ARGV[3]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

do
  local stored = redis.pcall('HGET', seq, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

local function remove()
  redis.call('UNLINK', meta, leases, hands, held, open, returned, back, suspects, delays, lanes, idle, dead, graves, notes, named, tails, behind, firsts, blocked, unnamed)
  redis.pcall('ZREM', readers, group)
  redis.pcall('ZREM', alive, group)
  redis.pcall('HDEL', floors, group)
  redis.pcall('HDEL', bells, group)
  return 1
end
if what == 'remove' then
  -- Whatever types somebody else gave the keys.
  do
    local stored = redis.pcall('HGET', meta, 'layout')
    if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
      return redis.error_reply('MQLAYOUT this group has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
    end
  end
  local function has(key) return type(redis.pcall('ZSCORE', key, group)) == 'string' end
  -- False where it is missing; else a text, or an error.
  local isThere = has(readers) or has(alive) or redis.pcall('HGET', meta, 'cursor')
  -- Where it is not, fields of it may have been left.
  remove()
  return isThere and 1 or -1
end

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

local function isAwaited()
  local sleepers = redis.call('ZREVRANGE', idle, 0, 63)
  for i = 1, #sleepers do
    local topic = string.match(sleepers[i], '^(.*)|')
    if topic and tell(topic, 'w') > 0 then return true end
  end
  return false
end

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
  redis.call('UNLINK', leases, hands, held, open, returned, back, suspects, delays, notes, named, tails, behind, firsts, blocked, unnamed)
  redis.call('HSET', meta, 'cursor', cursor, 'read', whole16(readN), 'out', '0', 'floor', settleFloor(cursor, readN))
else
  return redis.error_reply('MQARGS this command is not known')
end
wake()
return 1
