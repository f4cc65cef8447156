#!lua
local meta = KEYS[1]
local schedules = KEYS[2]
local due = KEYS[3]

local name, dueAt, revision, wasDueAt, listeners, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if not (body and string.find(dueAt, '^%d*$') and #dueAt < 17) then return redis.error_reply('MQARGS a schedule is not right') end
local layout, sealed = unpack(redis.call('HMGET', meta, 'layout', 'sealed'))

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

do
  local stored = layout
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
end

local function scheduleOf(record)
  local revision, at, lastAt, lastTask, body = string.match(record or '', '^(%d+)|(%d*)|(%d*)|(%d*)\n()')
  if not revision or #revision > 16 or #at > 16 or #lastAt > 16 or #lastTask > 16 then return nil end
  return revision, at, lastAt, lastTask, body
end

local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
local record = redis.call('HGET', schedules, name)
local before, at, lastAt, lastTask = scheduleOf(record)
if sealed and not before then return { now, 'm' } end
if (before or '') ~= revision or (before and at ~= wasDueAt) then return { now, 's', record } end
if before and at ~= '' and tonumber(at) <= now then return { now, 'd', record } end
local new = string.format('%.0f', math.max(time[1] * 1000000 + time[2], (tonumber(before) or 0) + 1))
if not layout then redis.call('HSET', meta, 'layout', 2) end
redis.call('HSET', schedules, name, new .. '|' .. dueAt .. '|' .. (lastAt or '') .. '|' .. (lastTask or '') .. '\n' .. body)
redis.call('ZADD', due, dueAt == '' and 'inf' or dueAt, name)
-- Who sleeps until the first of them is due has to know of an earlier one only.
if dueAt ~= '' and tonumber(dueAt) < (tonumber(first) or math.huge) then tell(listeners, 'd') end
return { now, new }
