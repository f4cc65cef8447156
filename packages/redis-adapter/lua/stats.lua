#!lua flags=allow-oom
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local moved = KEYS[23]
local suspects = KEYS[24]
local leases = KEYS[25]
local dead = KEYS[26]
local graves = KEYS[27]
local samples = KEYS[28]
local keyed = KEYS[29]
local ring = KEYS[30]
local paced = KEYS[31]
local due = KEYS[32]
local flow = { chores = KEYS[33] }


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
  local text = given ~= '' and given or m[8] or ''
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

local function readPlace(place)
  local digits = string.match(place or '', '^(%d+):')
  local at = digits and #digits < 6 and #digits + 1 + tonumber(digits)
  if not at then return nil end
  local level, class, rank, n, weight = string.match(place, '^(%d)([01])0*(%d+):?(%d*)w?(%d*)$', at + 1)
  if not level then return nil end
  return string.sub(place, 1, at), 9 - level, class, n ~= '' and n or rank, tonumber(weight) or 1
end
local function numberIn(place)
  local _, _, _, n = readPlace(place)
  return n
end

local ticker = redis.call('HGET', meta, 'ticker')
ticker = ticker and #ticker < 17 and string.find(ticker, '^%d+$') and math.max(0, now - tonumber(ticker)) or -1

local waiting, delayed, overdue, running = redis.call('HLEN', tasks), 0, 0, redis.call('ZCARD', leases)
local lapsed = running > 0 and running - redis.call('ZCOUNT', leases, '(' .. string.format('%.0f', now), '+inf') or 0
local heads, blocked = {}, 0
-- Bounded, since another program may have written a score of -inf.
local function sinceFirst(key)
  return math.max(0, math.min(now, now - math.ceil(tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]))))
end
for level = 0, 9 do
  local count = redis.call('ZCARD', KEYS[LATER + level])
  local itsDue = count > 0 and redis.call('ZCOUNT', KEYS[LATER + level], '-inf', now) or 0
  delayed, overdue = delayed + count, overdue + itsDue
  if m[15] and count > 0 then blocked = blocked + redis.call('ZCOUNT', KEYS[LATER + level], 4000000000000000, '+inf') end
  if itsDue > 0 then
    heads[#heads + 1] = sinceFirst(KEYS[LATER + level])
    heads[#heads + 1] = ''
  end
end
local count, ticks, dueFor = redis.call('ZCARD', due), 0, 0
if count > 0 then
  ticks = redis.call('ZCOUNT', due, '-inf', now)
  if ticks > 0 then dueFor = sinceFirst(due) end
end
local function addHead(record)
  local last = string.find(string.sub(record, 1, 32782), '\n', 1, true)
  heads[#heads + 1] = math.max(0, now - (tonumber(string.match(record, '^%d+') and string.sub(record, 1, 13)) or now))
  heads[#heads + 1] = last and string.sub(record, 15, last - 1) or ''
end
local function lookAt(key, level)
  local head = redis.call('LRANGE', key, 0, 9)
  for i = 1, #head do
    local isMarked = m[11] and redis.call('HEXISTS', moved, level .. '|' .. head[i]) == 1
    local record = not isMarked and string.find(head[i], '^%d+$') and redis.call('HGET', tasks, head[i])
    if record then
      addHead(record)
      return
    end
  end
end
for level in string.gmatch(m[3], '%d') do lookAt(KEYS[READY + level], level) end
lookAt(suspects, '')
-- Of some keys, what is next.
for _, key in ipairs(m[14] and { ring, paced } or {}) do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', '(1000000000000000', 'LIMIT', 0, 32)) do
    local first = redis.call('ZRANGE', keyed, '[' .. id, '(' .. id .. ':', 'BYLEX', 'LIMIT', 0, 1)[1]
    local n = first and numberIn(first)
    local record = n and redis.call('HGET', tasks, n)
    if record then addHead(record) end
  end
end
local sampled = redis.call('HMGET', samples, 'window', 'windowBase', 'windowWaits', 'windowRuns', 'before', 'beforeBase', 'beforeWaits', 'beforeRuns', 'waits', 'runs')
dropOld()
local ever = redis.call('HMGET', meta, 'displaced', 'deadDropped', 'foreign', 'totals', 'inbox', 'order')
return { waiting - running - delayed, delayed, running, countDead(), m[6] and 1 or 0,
  amount(ever[1]), amount(ever[2]), amount(ever[3]), amount(m[12]), ever[4] or '', heads, now, sampled, m[13] and m[13] ~= 'off' and 1 or 0,
  overdue, lapsed, count, ticks, dueFor, ticker, ever[5] or '', blocked, m[15] and redis.call('ZCOUNT', flow.chores, '-inf', '(2000000000000000') or 0, ever[6] or '' }
