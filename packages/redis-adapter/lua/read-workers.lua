#!lua flags=allow-oom
local workers = KEYS[1]

if #ARGV < 1 or #ARGV > 1000 then return redis.error_reply('MQARGS ids are not right') end
return redis.call('HMGET', workers, unpack(ARGV))
