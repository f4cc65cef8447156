#!lua flags=allow-oom
local meta = KEYS[1]
local dead = KEYS[2]
local graves = KEYS[3]


local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local m = redis.call('HMGET', meta, 'layout', 'n', 'levels', 'seen', 'fence', 'paused', 'large', 'keep', 'keptBytes', 'unreported', 'moved', 'completed', 'outcomes', 'shared', 'flows')

do
  local stored = m[1]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
for i = 2, 5 do
  if i ~= 3 and m[i] and not (#m[i] < 17 and string.find(m[i], '^%d+$')) then m[i] = false end
end
local levelsLost = not (m[3] and string.find(m[3], '^%d+$'))
if levelsLost then m[3] = '9876543210' end

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

local limit, maxBytes, from, to, afterN, afterDied, hasPayloads = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7] == '1'
local ONLY = 7 -- ARGV[ONLY + i]
local least, most, left = tonumber(from) or -math.huge, tonumber(to) or math.huge, maxBytes
local found = {}
if #ARGV > ONLY then
  for i = ONLY + 1, #ARGV do
    local died = diedAt(ARGV[i])
    if died then
      found[#found + 1] = ARGV[i]
      found[#found + 1] = died
    end
  end
else
  -- One that died again since stands somewhere else.
  local isThere = afterN ~= '' and tonumber(redis.call('ZSCORE', dead, afterN) or nil) == tonumber(afterDied)
  local rank = isThere and redis.call('ZREVRANK', dead, afterN)
  if rank then
    found = redis.call('ZREVRANGE', dead, rank + 1, rank + limit, 'WITHSCORES')
  else
    local latest = afterDied ~= '' and tonumber(afterDied) < most and afterDied or to
    found = redis.call('ZREVRANGEBYSCORE', dead, latest, from, 'WITHSCORES', 'LIMIT', 0, limit)
  end
end
local page, old = {}, now - keepLimits()[1]
for i = 1, math.min(#found, 2 * limit), 2 do
  local died = tonumber(found[i + 1])
  if died > old and (#ARGV > ONLY or (died >= least and died <= most)) then
    local grave = redis.call('HGET', graves, found[i]) or ''
    left = left - #grave
    if left < 0 and #page > 0 then break end
    page[#page + 1] = found[i]
    page[#page + 1] = found[i + 1]
    local record = (string.find(grave, '\n', 1, true) or 0) + 1
    local history = string.find(string.sub(grave, 1, record - 1), '\t', 1, true)
    if history then
      grave = string.sub(grave, 1, history - 1) .. string.sub(grave, record - 1)
      record = history + 1
    end
    page[#page + 1] = hasPayloads and grave or string.sub(grave, 1, string.find(grave, '\n', record, true) or record - 1)
    page[#page + 1] = #grave - record + 1
  end
end
dropOld()
return page
