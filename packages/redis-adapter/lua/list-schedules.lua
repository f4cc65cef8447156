#!lua flags=allow-oom
local meta = KEYS[1]
local schedules = KEYS[2]
local due = KEYS[3]

local limit, maxBytes, after, afterAt = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
if not (limit and limit >= 1 and limit <= 1000 and maxBytes and afterAt and (afterAt == 'inf' or string.find(afterAt, '^%d*$'))) then
  return redis.error_reply('MQARGS a page is not right')
end

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

local ticker = redis.call('HGET', meta, 'ticker')
ticker = ticker and #ticker < 17 and string.find(ticker, '^%d+$') and math.max(0, now - tonumber(ticker)) or -1

redis.call('HLEN', schedules)
local count, first = redis.call('ZCARD', due), 0
if after ~= '' then
  local score = redis.call('ZSCORE', due, after)
  if score and tonumber(score) == tonumber(afterAt) then
    first = redis.call('ZRANK', due, after) + 1
  else
    -- It is no more, or due at another time: those of its time may come again.
    first = redis.call('ZCOUNT', due, '-inf', '(' .. afterAt)
  end
end
local names = redis.call('ZRANGE', due, first, first + limit - 1, 'WITHSCORES')
local found, left, taken = {}, maxBytes, 0
for i = 1, #names, 2 do
  local size = redis.call('HSTRLEN', schedules, names[i])
  if size > left and taken > 0 then break end
  local record = redis.call('HGET', schedules, names[i])
  left, taken = left - size, taken + 1
  found[#found + 1] = names[i]
  found[#found + 1] = scheduleOf(record) and record or false
end
local last, lastAt = '', ''
if taken > 0 and first + taken < count then
  last, lastAt = names[2 * taken - 1], names[2 * taken]
  lastAt = lastAt == 'inf' and '' or string.format('%.0f', tonumber(lastAt))
end
return { now, last, lastAt, found, ticker }
