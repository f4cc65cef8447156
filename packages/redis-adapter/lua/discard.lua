#!lua flags=allow-oom
local meta = KEYS[1]
local dead = KEYS[2]
local graves = KEYS[3]


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


local function amount(text) return text and #text < 17 and string.find(text, '^%d+$') and tonumber(text) or 0 end

local function liftDead(bytes)
  local left = redis.call('ZCARD', dead) > 0 and amount(redis.call('HGET', meta, 'deadBytes')) - bytes or 0
  redis.call('HSET', meta, 'deadBytes', string.format('%.0f', math.max(0, left)))
end

local bytes = 0
for i = 1, #ARGV do bytes = bytes + redis.call('HSTRLEN', graves, ARGV[i]) end
local deleted = redis.call('ZREM', dead, unpack(ARGV))
redis.call('HDEL', graves, unpack(ARGV))
if deleted > 0 then liftDead(bytes) end
return deleted
