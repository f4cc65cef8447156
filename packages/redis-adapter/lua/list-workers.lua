#!lua flags=allow-oom
local seen = KEYS[1]


local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local found = redis.call('ZRANGEBYSCORE', seen, '(' .. string.format('%.0f', now - 60000), '+inf', 'WITHSCORES', 'LIMIT', 0, 10000)
return { string.format('%.0f', now), found }
