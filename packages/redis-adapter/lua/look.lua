#!lua flags=allow-oom
local meta = KEYS[1]
local tasks = KEYS[2]
local ids = KEYS[3]
local results = KEYS[4]
local dead = KEYS[5]
local graves = KEYS[6]
local flow = { kin = KEYS[7] }


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

local function diedAt(n)
  local at = redis.call('ZSCORE', dead, n)
  return at and tonumber(at) > now - keepLimits()[1] and at or nil
end

local function endOf(n)
  -- It is being reported, and perhaps kept nowhere else.
  local told = redis.call('HGET', flow.kin, '!e' .. n)
  if told then return string.match(told, '^%d+|(.*)$') end
  local outcome = redis.call('HGET', results, n)
  local whose, at = string.match(outcome or '', '^(%d+)|%a|(%d+)')
  if whose == n and now - at < keepLimits()[4] then return outcome end
  local died = diedAt(n)
  if not died then return nil end
  local facts = string.match(redis.call('HGET', graves, n) or '', '^%d+|%d+|%d+|([^\n\t]*)')
  return n .. '|D|' .. string.format('%.0f', died) .. '|' .. (facts or '["",""]')
end
local function hasEnded(n) return endOf(n) ~= nil end

local standings = {}
for i = 1, #ARGV do
  local n = string.match(ARGV[i], '^#(%d+)$')
  if not n then n = string.match(redis.call('HGET', ids, string.sub(ARGV[i], 2)) or '', '^%d+') end
  local state = 'U'
  if n and #n < 17 then
    if redis.call('HEXISTS', tasks, n) == 1 then state = 'P' elseif hasEnded(n) then state = 'E' end
  end
  local depth = state ~= 'U' and string.match(redis.call('HGET', flow.kin, n) or '', '^%a (%d+) ')
  standings[#standings + 1] = state
  standings[#standings + 1] = n or ''
  standings[#standings + 1] = tonumber(depth or 0)
end
return standings
