#!lua flags=allow-oom
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local moved = KEYS[23]
local leases = KEYS[24]
local runs = KEYS[25]
local crashes = KEYS[26]
local failures = KEYS[27]
local ids = KEYS[28]
local results = KEYS[29]
local dead = KEYS[30]
local graves = KEYS[31]
local notes = KEYS[32]
local idle = KEYS[33]


local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local m = redis.call('HMGET', meta, 'layout', 'n', 'levels', 'seen', 'fence', 'paused', 'large', 'keep', 'keptBytes', 'unreported', 'moved', 'completed', 'outcomes')

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

local function levelOf(record)
  local level = tonumber(string.sub(record, 14, 14))
  if level and string.find(m[3], level, 1, true) then return level end
  return tonumber(string.sub(m[3], 1, 1))
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

local task, hasContent = ARGV[1], ARGV[2] == '1'
local n = string.match(task, '^#(%d+)$')
if not n then
  local known = redis.call('HGET', ids, string.sub(task, 2))
  n = known and string.match(known, '^%d+')
end
local reading = n and #n < 17 and read(n) or { 'U' }

local function lengthOf(level) return redis.call('LLEN', KEYS[READY + level]) end
local level, ahead, leaseEnds, recovery = -1, -1, '', 0
local record = reading[2] and redis.call('HGET', tasks, n)
if record then level = levelOf(record) end
if reading[1] == 'W' then
  local before, place = 0, nil
  for digit in string.gmatch(m[3], '%d') do
    if tonumber(digit) > level then before = before + lengthOf(digit) end
  end
  local line = before <= 1000 and redis.call('LRANGE', KEYS[READY + level], 0, 1000) or {}
  for i = 1, #line do if line[i] == n then place = i break end end
  -- Of two entries nobody knows which it is.
  if m[11] and redis.call('HEXISTS', moved, level .. '|' .. n) == 1 then place = nil end
  if place and before + place - 1 <= 1000 then ahead = before + place - 1 end
elseif reading[1] == 'R' then
  local ends = redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n)))
  local left = math.floor(ends) - now
  -- A fraction: its time is over but for an outage.
  if ends % 1 >= 0.25 then left, recovery = math.min(0, left), math.max(0, left) end
  leaseEnds = string.format('%.0f', left)
end
local seen, sleeper = tonumber(m[4]), redis.call('ZREVRANGE', idle, 0, 0, 'WITHSCORES')[2]
-- Who finds an empty queue notes nothing but that it sleeps.
seen = sleeper and math.max(seen or 0, tonumber(sleeper)) or seen
return {
  reading, m[6] and 1 or 0, n and whole(redis.call('HGET', failures, n)) or 0, n and whole(redis.call('HGET', crashes, n)) or 0,
  level, ahead, leaseEnds, redis.call('ZCARD', idle), redis.call('ZCOUNT', leases, '(' .. string.format('%.0f', now), '+inf'), seen and math.max(0, now - seen) or -1,
  recovery, hasContent and (record or (reading[1] == 'D' and redis.call('HGET', graves, n))) or '',
  now, hasContent and record and redis.call('HGET', failures, 'e' .. n) or '',
  hasContent and record and redis.call('HGET', notes, 'l' .. n) or ''
}
