#!lua flags=allow-oom
local meta = KEYS[1]
local schedules = KEYS[2]
local due = KEYS[3]

local name = ARGV[1]
do
  local stored = redis.call('HGET', meta, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

redis.call('ZCARD', due)
local removed = redis.call('HDEL', schedules, name)
return math.max(removed, redis.call('ZREM', due, name))
