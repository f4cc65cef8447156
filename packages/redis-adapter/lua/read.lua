#!lua flags=allow-oom
local meta = KEYS[1]
local tasks = KEYS[2]
local LATER = 3
local leases = KEYS[13]
local runs = KEYS[14]
local ids = KEYS[15]
local results = KEYS[16]
local dead = KEYS[17]
local graves = KEYS[18]
local waiters = KEYS[19]
local notes = KEYS[20]


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

local function whole(text)
  return text and string.find(text, '^%d+$') and #text < 10 and tonumber(text) or 0
end

local given, limits = '', nil
local function keepLimits()
  if limits then return limits end
  local text = given ~= '' and given or m[8] or ''
  limits = {}
  for number in string.gmatch(text, '%d+') do limits[#limits + 1] = #number < 17 and tonumber(number) or nil end
  if #limits ~= 6 then limits = { 1209600000, 9007199254740991, 1073741824, 3600000, 10000, 67108864 } end
  return limits
end

local function outcomeOf(n)
  local outcome = redis.call('HGET', results, n)
  local whose, at = string.match(outcome or '', '^(%d+)|%a|(%d+)')
  return whose == n and now - at < keepLimits()[4] and outcome or nil
end

local function diedAt(n)
  local at = redis.call('ZSCORE', dead, n)
  return at and tonumber(at) > now - keepLimits()[1] and at or nil
end
local function read(n)
  if redis.call('HEXISTS', tasks, n) == 1 then
    if redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n))) then
      return { 'R', n, redis.call('HGET', notes, n) or '' }
    end
    for level in string.gmatch(m[3] or '', '%d') do
      local due = redis.call('ZSCORE', KEYS[LATER + level], n)
      if due and tonumber(due) >= 4000000000000000 then return { 'B', n, '' } end
      if due then return { 'L', n, math.max(0, due - now) } end
    end
    return { 'W', n, '' }
  end
  local outcome = outcomeOf(n)
  if outcome then return { 'E', n, outcome } end
  local died = diedAt(n)
  if died then
    local grave = redis.call('HGET', graves, n) or ''
    return { 'D', n, died, string.match(grave, '^%d+|%d+|%d+|([^\n\t]*)') or '' }
  end
  return { 'U' }
end

local topic = ARGV[1]
if topic ~= '' then
  -- A waiter is written for one task before the next is read.
  redis.call('HLEN', tasks)
  redis.call('ZCARD', leases)
  redis.call('ZCARD', dead)
  for _, key in ipairs({ waiters, runs, notes, ids, results, graves }) do redis.call('HLEN', key) end
  for level in string.gmatch(m[3], '%d') do redis.call('ZCARD', KEYS[LATER + level]) end
end

-- Whoever asks again moves to the end. Answers whether somebody had to give way, or the next one will.
local function await(n)
  local topics, kept = redis.call('HGET', waiters, n), {}
  if topics == topic then return false end
  for other in string.gmatch(topics or '', '[^,]+') do
    if other ~= topic then kept[#kept + 1] = other end
  end
  kept[#kept + 1] = topic
  redis.call('HSET', waiters, n, table.concat(kept, ',', math.max(1, #kept - 63)))
  return #kept >= 64
end

local readings = {}
for i = 2, #ARGV do
  local n = string.match(ARGV[i], '^#(%d+)$')
  if not n then
    local known = redis.call('HGET', ids, string.sub(ARGV[i], 2))
    n = known and string.match(known, '^%d+')
  end
  local reading = n and #n < 17 and read(n) or { 'U' }
  if topic ~= '' and string.find('RLWB', reading[1], 1, true) and await(n) then
    reading[4] = 1
  end
  readings[i - 1] = reading
end
return readings
