#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local results = KEYS[3]
local dead = KEYS[4]
local graves = KEYS[5]
local flow = { kin = KEYS[6], edges = KEYS[7] }

if #ARGV % 2 ~= 0 or #ARGV > 2000 then return redis.error_reply('MQARGS edges are not right') end
for at = 1, #ARGV, 2 do
  local parent = ARGV[at]
  if not string.find(parent, '^%d+$') then return redis.error_reply('MQARGS an edge is not right') end
end

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

for _, key in ipairs({ tasks, results, graves, flow.kin }) do redis.call('HLEN', key) end
redis.call('ZCARD', dead)
redis.call('ZCARD', flow.edges)
local replies, added, bytes = {}, {}, 0
for at = 1, #ARGV, 2 do
  local parent, child = ARGV[at], ARGV[at + 1]
  local n = parent
  local reply = redis.call('HEXISTS', tasks, n) == 1 and 'p' or endOf(n) or 'u'
  replies[#replies + 1] = reply
  if reply ~= 'u' then
    for _, text in ipairs({ 0, n, 0, n .. ':' .. child }) do added[#added + 1] = text end
  end
  bytes = bytes + #reply
  if bytes > 4194304 then break end
end
if #added > 0 then
  redis.call('ZADD', flow.edges, unpack(added))
  if not m[15] then
    m[15] = '1'
    redis.call('HSET', meta, 'layout', 2, 'flows', 1)
  end
  local left = #added
  for _, member in ipairs(redis.call('ZRANDMEMBER', flow.edges, 4)) do
    local n = string.match(member, '^%d+') or ''
    if left > 0 and redis.call('HEXISTS', tasks, n) == 0 and not hasEnded(n) then
      local gone = redis.call('ZRANGE', flow.edges, '[' .. n, '(' .. n .. ';', 'BYLEX', 'LIMIT', 0, left)
      if n == '' then gone = { member } end
      if #gone > 0 then redis.call('ZREM', flow.edges, unpack(gone)) end
      left = left - #gone
    end
  end
end
return replies
