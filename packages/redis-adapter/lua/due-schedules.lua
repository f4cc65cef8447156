#!lua flags=allow-oom
local meta = KEYS[1]
local schedules = KEYS[2]
local due = KEYS[3]

local limit, maxBytes = tonumber(ARGV[1]), tonumber(ARGV[2])
if not (limit and limit >= 1 and limit <= 1000 and maxBytes) then return redis.error_reply('MQARGS a limit is not right') end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

do
  local stored = redis.call('HGET', meta, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

local function scheduleOf(record)
  local revision, at, lastAt, lastTask, body = string.match(record or '', '^(%d+)|(%d*)|(%d*)|(%d*)\n()')
  if not revision or #revision > 16 or #at > 16 or #lastAt > 16 or #lastTask > 16 then return nil end
  return revision, at, lastAt, lastTask, body
end

-- Of a wrong type it fails here, before anything is written.
redis.call('ZCARD', due)
if redis.call('HLEN', schedules) > 0 then redis.call('HSET', meta, 'ticker', string.format('%.0f', now)) end
local names = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'WITHSCORES', 'LIMIT', 0, limit)
local found, kept, left = {}, 0, maxBytes
for i = 1, #names, 2 do
  local name, score = names[i], names[i + 1]
  local size = redis.call('HSTRLEN', schedules, name)
  if size > left and kept > 0 then break end
  local record = redis.call('HGET', schedules, name)
  local revision, at = scheduleOf(record)
  if revision and tonumber(at) == tonumber(score) then
    left, kept = left - size, kept + 1
    found[#found + 1] = name
    found[#found + 1] = record
  elseif revision then
    -- What the record says counts.
    redis.call('ZADD', due, at == '' and 'inf' or at, name)
  else
    found[#found + 1] = name
    found[#found + 1] = false
    if record then redis.call('ZADD', due, 'inf', name) else redis.call('ZREM', due, name) end
  end
end
local following = redis.call('ZRANGE', due, kept, kept, 'WITHSCORES')[2]
if not following or following == 'inf' then following = '' else following = string.format('%.0f', tonumber(following)) end
return { now, following, found }
