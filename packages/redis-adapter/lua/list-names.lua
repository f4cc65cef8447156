#!lua flags=allow-oom
local names = KEYS[1]

local first, last, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not (limit and limit >= 1 and limit <= 1000) then return redis.error_reply('MQARGS a page is not right') end
return redis.call('ZRANGE', names, first, last, 'BYLEX', 'LIMIT', 0, limit)
