#!lua
local seen = KEYS[1]
local workers = KEYS[2]
local orders = KEYS[3]

local id, what = ARGV[1], ARGV[2]
if not what then return redis.error_reply('MQARGS an order is not right') end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local at = tonumber(redis.call('ZSCORE', seen, id) or '')
if not (at and at > now - 60000) then return 0 end
local about = redis.call('HGET', workers, id)
local n = string.match(redis.call('HGET', orders, id) or '', '^(%d+)|') or '0'
-- By the clock, so that it is above those that were forgotten with the worker.
redis.call('HSET', orders, id, string.format('%.0f', math.max(now, #n < 14 and n + 1 or 1)) .. '|' .. what)
local topic = string.match(about or '', '^([^\n]+)\n')
if topic then redis.pcall('PUBLISH', topic, 'o') end
return 1
