#!lua flags=allow-oom
local meta = KEYS[1]
local producers = KEYS[2]


local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local m = redis.call('HMGET', meta, 'layout', 'n', 'levels', 'seen', 'fence', 'paused', 'large', 'keep', 'keptBytes', 'unreported', 'moved', 'completed', 'outcomes', 'shared', 'flows', 'sealed')

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

local function forgetLanes(key)
  if redis.call('HLEN', key) < 64 then return end
  local some = redis.call('HRANDFIELD', key, 8, 'WITHVALUES')
  for i = 1, #some, 2 do
    local at = tonumber(string.match(some[i + 1], '^%d+|(%d+)|'))
    if not at or now - at > 3600000 then redis.call('HDEL', key, some[i]) end
  end
end

for at = 1, #ARGV, 2 do
  local last = tonumber(ARGV[at + 1])
  if not (last and last >= 0 and last < 1e15 and last % 1 == 0) then return redis.error_reply('MQARGS a lane is not right') end
end
-- Obliterated meanwhile, or never there.
if redis.call('EXISTS', meta, producers) == 0 then return 0 end
-- Sealed, and empty or deleted: nothing will be stored here, and what is noted would stay when the seal has ended.
if m[16] and not m[2] and redis.call('EXISTS', producers) == 0 then return 0 end
for at = 1, #ARGV, 2 do
  local lane, last = ARGV[at], tonumber(ARGV[at + 1])
  redis.call('HSET', producers, lane, string.format('%.0f', last + 1) .. '|' .. string.format('%.0f', now - 3000000) .. '|')
end
forgetLanes(producers)
return 1
