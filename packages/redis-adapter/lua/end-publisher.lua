#!lua flags=allow-oom
local seq = KEYS[1]
local publishers = KEYS[2]


local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

do
  local stored = redis.call('HGET', seq, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

if redis.call('EXISTS', seq) == 1 then
  redis.call('HSET', publishers, ARGV[1], '999999999999999|' .. string.format('%.0f', now) .. '|0|0')
else
  redis.call('HDEL', publishers, ARGV[1])
end
return 1
