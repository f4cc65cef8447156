#!lua flags=allow-oom
local meta = KEYS[1]
local flow = { kin = KEYS[2], chores = KEYS[3] }

if #ARGV % 3 ~= 0 or #ARGV > 3000 then return redis.error_reply('MQARGS chores are not right') end
for at = 1, #ARGV, 3 do
  local again = tonumber(ARGV[at + 2])
  if not (again and again >= 0 and again <= 86400000 and again % 1 == 0) then return redis.error_reply('MQARGS a chore is not right') end
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

redis.call('ZCARD', flow.chores)
local names, tokens, agains = {}, {}, {}
for at = 1, #ARGV, 3 do
  local name, token, again = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  names[#names + 1] = '!' .. name
  tokens[#names], agains[#names] = token, again
end
local values, changed = redis.call('HMGET', flow.kin, unpack(names)), 0
for i = 1, #names do
  local name = string.sub(names[i], 2)
  local token, looked = string.match(values[i] or '', '^(%d+)|(%d*)')
  if values[i] and (token or '') == tokens[i] then
    if agains[i] > 0 then
      redis.call('HSET', flow.kin, names[i], string.format('%s|%.0f', token, math.min(1e6, (tonumber(looked) or 0) + 1)))
      redis.call('ZADD', flow.chores, string.format('%.0f', 2000000000000000 + now + agains[i]), name)
    else
      redis.call('HDEL', flow.kin, names[i])
      redis.call('ZREM', flow.chores, name)
    end
    changed = changed + 1
  elseif values[i] then
    redis.call('ZADD', flow.chores, 'XX', now, name)
  end
end
return changed
