#!lua
local names = KEYS[1]
local seen = KEYS[2]
local workers = KEYS[3]
local orders = KEYS[4]

local topic, obliterated, used, left, working = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if not (obliterated and used and left and working) or #ARGV ~= 5 + obliterated + used + left + 2 * working then
  return redis.error_reply('MQARGS news are not right')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

redis.call('ZCARD', names)
redis.call('ZCARD', seen)
redis.call('HLEN', workers)
local hasOrders = redis.call('HLEN', orders) > 0

local at = 5
if obliterated > 0 then redis.call('ZREM', names, unpack(ARGV, at + 1, at + obliterated)) end
at = at + obliterated
if used > 0 then
  local added = {}
  for i = 1, used do
    added[2 * i - 1] = 0
    added[2 * i] = ARGV[at + i]
  end
  redis.call('ZADD', names, unpack(added))
end
at = at + used
local gone = {}
for i = 1, left do gone[i] = ARGV[at + i] end
at = at + left
if working > 0 then
  local times, said = {}, {}
  for i = 1, working do
    local id = ARGV[at + 2 * i - 1]
    times[2 * i - 1], times[2 * i] = now, id
    said[2 * i - 1], said[2 * i] = id, topic .. '\n' .. ARGV[at + 2 * i]
  end
  redis.call('HSET', workers, unpack(said))
  redis.call('ZADD', seen, unpack(times))
  local silent = redis.call('ZRANGEBYSCORE', seen, '-inf', now - 60000, 'LIMIT', 0, 1000)
  local over = redis.call('ZCARD', seen) - 10000
  if over > #silent then silent = redis.call('ZRANGE', seen, 0, math.min(over, 1000) - 1) end
  for i = 1, #silent do gone[#gone + 1] = silent[i] end
end
if #gone > 0 then
  redis.call('HDEL', workers, unpack(gone))
  redis.call('ZREM', seen, unpack(gone))
  if hasOrders then redis.call('HDEL', orders, unpack(gone)) end
end
local found = {}
if hasOrders and working > 0 then
  local ids = {}
  for i = 1, working do ids[i] = ARGV[at + 2 * i - 1] end
  local kept = redis.call('HMGET', orders, unpack(ids))
  for i = 1, working do
    if kept[i] then
      found[#found + 1] = ids[i]
      found[#found + 1] = kept[i]
    end
  end
end
return found
