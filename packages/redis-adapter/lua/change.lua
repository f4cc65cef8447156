#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local suspects = KEYS[23]
local moved = KEYS[24]
local leases = KEYS[25]
local runs = KEYS[26]
local crashes = KEYS[27]
local ids = KEYS[28]
local idle = KEYS[29]
local room = KEYS[30]

local task, delay, newLevel, isUpdated, newPayload = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1', ARGV[5]
if not newPayload or (delay and not (delay >= 0 and delay < 1e16 and delay % 1 == 0))
  or (newLevel and not (newLevel >= 0 and newLevel <= 9 and newLevel % 1 == 0)) then
  return redis.error_reply('MQARGS a change is not right')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local m = redis.call('HMGET', meta, 'layout', 'n', 'levels', 'seen', 'fence', 'paused', 'large', 'keep', 'keptBytes', 'unreported', 'moved', 'completed', 'outcomes')

do
  local stored = m[1]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
for i = 2, 5 do
  if i ~= 3 and m[i] and not (#m[i] < 17 and string.find(m[i], '^%d+$')) then m[i] = false end
end
local levelsLost = not (m[3] and string.find(m[3], '^%d+$'))
if levelsLost then m[3] = '9876543210' end

local function whole(text)
  return text and string.find(text, '^%d+$') and #text < 10 and tonumber(text) or 0
end

local function levelOf(record)
  local level = tonumber(string.sub(record, 14, 14))
  if level and string.find(m[3], level, 1, true) then return level end
  return tonumber(string.sub(m[3], 1, 1))
end

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall('PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
end

local function tellRoom(places)
  local left = 64
  while places > 0 and left > 0 do
    local asked = math.min(left, places)
    local waiting = redis.call('ZPOPMIN', room, asked)
    for i = 1, #waiting, 2 do
      if tell(waiting[i], 'r') > 0 then places = places - 1 end
    end
    left = left - asked
    if #waiting < 2 * asked then return end
    if places > 0 and type(redis.pcall('CLUSTER', 'MYID')) == 'string' then return end
  end
end

local function wake()
  for i = 1, 64 do
    if i == 9 and type(redis.pcall('CLUSTER', 'MYID')) == 'string' then return end
    local w = redis.call('ZPOPMAX', idle)
    if not w[1] then return end
    local topic = string.match(w[1], '^(.*)|')
    if topic and tell(topic, 'w') > 0 then return end
  end
end

local function ownIdOf(record)
  local header = string.match(string.sub(record, 15), '^([^\n]+)\n')
  local readable, parsed = pcall(cjson.decode, header or '{}')
  return readable and type(parsed) == 'table' and type(parsed.id) == 'string' and parsed.id or nil
end

local function takeFrom(key, n)
  if redis.call('LPOS', key, n, 'MAXLEN', 1000) then return redis.call('LREM', key, 1, n) > 0 end
  return redis.call('LPOS', key, n, 'RANK', -1, 'MAXLEN', 1000) and redis.call('LREM', key, -1, n) > 0
end
local function isLong(key) return redis.call('LLEN', key) > 2000 end
local function moveOut(level, n)
  local ready, mark = KEYS[READY + level], level .. '|' .. n
  if takeFrom(ready, n) or not isLong(ready) then return end
  redis.call('HSET', moved, mark, whole(redis.call('HGET', moved, mark)) + 1)
  redis.call('HSET', meta, 'moved', 1)
end

local function standsIn(key, n) return redis.call('LPOS', key, n, 'MAXLEN', 20000) ~= false end
local function leaveList(key, n) redis.call('LREM', key, 1, n) end

for _, key in ipairs({ tasks, ids, runs, crashes, moved }) do redis.call('HLEN', key) end
local n = string.match(task, '^#(%d+)$')
if not n then n = string.match(redis.call('HGET', ids, string.sub(task, 2)) or '', '^%d+') end
local record = n and redis.call('HGET', tasks, n)
if not record or redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n))) then return 0 end

-- Read and check.
local old, dueAt = levelOf(record), nil
for level in string.gmatch(m[3] .. (newLevel or ''), '%d') do
  redis.call('LLEN', KEYS[READY + level])
  local due = redis.call('ZSCORE', KEYS[LATER + level], n)
  if due then old, dueAt = tonumber(level), due end
end
local isAside = false
if not dueAt and redis.call('LLEN', suspects) > 0 and whole(redis.call('HGET', crashes, n)) > 0 then
  isAside = standsIn(suspects, n)
  if not isAside and redis.call('LLEN', suspects) > 20000 then
    return redis.error_reply('MQARGS more tasks are set aside than can be searched for this one')
  end
end
redis.call('ZCARD', idle)
local hasRoom = redis.call('ZCARD', room) > 0
local stamp, header, payload = string.match(record, '^(' .. string.rep('%d', 13) .. ')%d([^\n]*)\n(.*)$')
-- What is not of our form keeps its level, unless it gets another payload.
local level = (stamp or isUpdated) and newLevel or old
local id = isUpdated and ownIdOf(record)

-- Write.
if isUpdated or level ~= old then
  record = (stamp or string.format('%013.0f', now)) .. level .. (header or '') .. '\n' .. (isUpdated and newPayload or payload)
  redis.call('HSET', tasks, n, record)
  if #record > 4096 then redis.call('HSET', meta, 'large', 1) end
  if id then redis.call('HSET', ids, id, n .. '|' .. redis.sha1hex(newPayload)) end
end
if not string.find(m[3], level, 1, true) then
  local levels = ''
  for used = 9, 0, -1 do
    if used == level or string.find(m[3], used, 1, true) then levels = levels .. used end
  end
  redis.call('HSET', meta, 'levels', levels)
end
local isClaimable = false
local function leaveLater(level) redis.call('ZREM', KEYS[LATER + level], n) end
local function delayUntil(due)
  redis.call('ZADD', KEYS[LATER + level], due, n)
  -- An idle worker sleeps until the earliest it knows of.
  return delay and redis.call('ZRANGE', KEYS[LATER + level], 0, 0)[1] == n
end
if dueAt then
  if delay or level ~= old then
    leaveLater(old)
    if delay == 0 then
      redis.call('RPUSH', KEYS[READY + level], n)
      isClaimable = true
    else
      isClaimable = delayUntil(delay and string.format('%.0f', now + delay) or dueAt)
    end
  end
elseif delay and delay > 0 then
  if isAside then leaveList(suspects, n) else moveOut(old, n) end
  isClaimable = delayUntil(string.format('%.0f', now + delay))
  if hasRoom then tellRoom(1) end
elseif level ~= old and not isAside then
  moveOut(old, n)
  redis.call('RPUSH', KEYS[READY + level], n)
end
if isClaimable then wake() end
return 1
