#!lua flags=allow-oom
local seq = KEYS[1]
local log = KEYS[2]
local meta = KEYS[3]
local back = KEYS[4]
local suspects = KEYS[5]
local delays = KEYS[6]
local dead = KEYS[7]
local graves = KEYS[8]
local firsts = KEYS[9]
local blocked = KEYS[10]
local unnamed = KEYS[11]


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

local given, limits = '', nil
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
local function reportLater(letters)
  countForeign()
  if foreign + letters == 0 then return end
  local before, foreignBefore = string.match(redis.call('HGET', meta, 'unreported') or '', '^(%d+),(%d+)$')
  redis.call('HSET', meta, 'unreported', string.format('%.0f,%.0f', amount(before) + letters, amount(foreignBefore) + foreign))
end

local function diedAt(n)
  local at = redis.call('ZSCORE', dead, n)
  return at and tonumber(at) > now - keepLimits()[1] and at or nil
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

local function dropOld()
  local oldest = redis.call('ZRANGE', dead, 0, 0, 'WITHSCORES')
  if not oldest[1] or diedAt(oldest[1]) then return end
  redis.call('HLEN', graves)
  reportLater(trimDead(0))
end
local function countDead() return redis.call('ZCOUNT', dead, string.format('(%.0f', now - keepLimits()[1]), '+inf') end

local known = redis.call('HMGET', seq, 'n', 'layout')

do
  local stored = known[2]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

if not m[2] then return false end
local returned, delayed = redis.call('LLEN', back) + redis.call('LLEN', suspects) + redis.call('ZCARD', unnamed), redis.call('ZCARD', delays)
local waits = redis.call('ZCARD', blocked)
local ahead = redis.call('ZCARD', firsts) + waits
local newest = tonumber(digits(known[1]) or '') or 0
-- Bounded, since another program may have written what is no time.
local oldest = -1
local function waitsSince(ms) oldest = math.max(oldest, math.min(now, now - math.ceil(tonumber(ms) or now))) end
local function waitsFirst(ids)
  if ids[1] then waitsSince(string.match(ids[1], '^(%d+)%-%d+$')) end
end
if newest - m[8] > 0 then waitsFirst(redis.call('XRANGE', log, '(' .. m[2], '+', 'COUNT', 1)[1] or {}) end
if returned > 0 then
  waitsFirst(redis.call('LRANGE', back, 0, 0))
  waitsFirst(redis.call('LRANGE', suspects, 0, 0))
  waitsFirst(redis.call('ZRANGE', unnamed, 0, 0))
end
if ahead > 0 then
  waitsFirst(redis.call('ZRANGE', firsts, 0, 0))
  waitsFirst(redis.call('ZRANGE', blocked, 0, 0))
end
local overdue = delayed > 0 and redis.call('ZCOUNT', delays, '-inf', now) or 0
if overdue > 0 then waitsSince(redis.call('ZRANGE', delays, 0, 0, 'WITHSCORES')[2]) end
dropOld()
return { math.max(0, newest - m[8]) + ahead, returned, delayed, tonumber(m[10]) or 0, countDead(), tonumber(m[9]) or 0, m[3] == '1' and 1 or 0,
  amount(redis.call('HGET', meta, 'deadDropped')), amount(redis.call('HGET', meta, 'foreign')),
  overdue, ahead, waits, oldest }
