#!lua flags=allow-oom
local meta = KEYS[1]
local flow = { kin = KEYS[2], chores = KEYS[3] }

if #ARGV % 2 ~= 0 or #ARGV > 2000 then return redis.error_reply('MQARGS chores are not right') end

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

redis.call('ZCARD', flow.chores)
local names, tokens = {}, {}
for at = 1, #ARGV, 2 do
  local name, token = ARGV[at], ARGV[at + 1]
  names[#names + 1] = '!' .. name
  tokens[#names] = token
end
local values, changed = redis.call('HMGET', flow.kin, unpack(names)), 0
for i = 1, #names do
  local name = string.sub(names[i], 2)
  if values[i] and string.match(values[i], '^(%d+)|') == tokens[i] then
    redis.call('HDEL', flow.kin, names[i])
    redis.call('ZREM', flow.chores, name)
    changed = changed + 1
  elseif values[i] then
    redis.call('ZADD', flow.chores, 'XX', now, name)
  end
end
return changed
