#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local runs = KEYS[23]
local crashes = KEYS[24]
local failures = KEYS[25]
local ids = KEYS[26]
local ended = KEYS[27]
local results = KEYS[28]
local dead = KEYS[29]
local graves = KEYS[30]
local idle = KEYS[31]

if #ARGV % 5 ~= 0 or #ARGV > 5000 then return redis.error_reply('MQARGS a redrive is not right') end
for at = 1, #ARGV, 5 do
  local delay = tonumber(ARGV[at + 2])
  if not (delay and delay >= 0 and delay < 1e15 and delay % 1 == 0) then return redis.error_reply('MQARGS a delay is not right') end
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

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall('PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
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

local given, limits = '', nil
local function keepLimits()
  if limits then return limits end
  local text = given ~= '' and given or m[8] or ''
  limits = {}
  for number in string.gmatch(text, '%d+') do limits[#limits + 1] = #number < 17 and tonumber(number) or nil end
  if #limits ~= 6 then limits = { 1209600000, 9007199254740991, 1073741824, 3600000, 10000, 67108864 } end
  return limits
end

local function amount(text) return text and #text < 17 and string.find(text, '^%d+$') and tonumber(text) or 0 end

local function diedAt(n)
  local at = redis.call('ZSCORE', dead, n)
  return at and tonumber(at) > now - keepLimits()[1] and at or nil
end

local function ownIdOf(record)
  local header = string.match(string.sub(record, 15), '^([^\n]+)\n')
  local readable, parsed = pcall(cjson.decode, header or '{}')
  return readable and type(parsed) == 'table' and type(parsed.id) == 'string' and parsed.id or nil
end

local function levelOf(record)
  local level = tonumber(string.sub(record, 14, 14))
  if level and string.find(m[3], level, 1, true) then return level end
  return tonumber(string.sub(m[3], 1, 1))
end

local function liftDead(bytes)
  local left = redis.call('ZCARD', dead) > 0 and amount(redis.call('HGET', meta, 'deadBytes')) - bytes or 0
  redis.call('HSET', meta, 'deadBytes', string.format('%.0f', math.max(0, left)))
end

local function addTotals(...)
  local numbers, added = {}, { ... }
  for number in string.gmatch(redis.call('HGET', meta, 'totals') or '', '[^,]+') do numbers[#numbers + 1] = amount(number) end
  if #numbers ~= 6 then numbers = { 0, 0, 0, 0, 0, 0 } end
  for i = 1, #added, 2 do numbers[added[i]] = numbers[added[i]] + added[i + 1] end
  redis.call('HSET', meta, 'totals', string.format('%.0f,%.0f,%.0f,%.0f,%.0f,%.0f', unpack(numbers)))
end

for _, key in ipairs({ tasks, runs, crashes, failures, ids, results, graves }) do redis.call('HLEN', key) end
for _, key in ipairs({ ended, dead, idle }) do redis.call('ZCARD', key) end
for level in string.gmatch(m[3], '%d') do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end

local function payloadOf(record) return string.sub(record, (string.find(record, '\n', 1, true) or 0) + 1) end
local changed, refused, bytes = 0, {}, 0
for at = 1, #ARGV, 5 do
  local n, diedThen, delay, isEdited, payload = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3] == '1', ARGV[at + 4]
  local died = diedAt(n)
  local isMeant = died and (diedThen == '' or tonumber(died) == tonumber(diedThen))
  local grave = isMeant and redis.call('HGET', graves, n)
  local run, record = string.match(grave or '', '^%d+|%d+|(%d+)|[^\n]*\n(.*)$')
  local id = record and ownIdOf(record)
  -- What is not a number was written by another program: there is no task of it.
  local known = id and string.match(redis.call('HGET', ids, id) or n, '^%d+') or n
  if not record or not string.find(n, '^%d+$') or known ~= n then
    refused[#refused + 1] = (at - 1) / 5
  else
    -- Paced, it becomes due later: its time to expire begins then. Thirteen digits, whatever the delay.
    local stamp = string.format('%013.0f', math.min(now + delay, 9999999999999))
    -- What is not of our form stays as it is, and will be found malformed again, unless it gets another payload.
    local head = string.match(record, '^' .. string.rep('%d', 13) .. '(%d[^\n]*\n)')
    if isEdited then
      record = stamp .. (head or levelOf(record) .. '\n') .. payload
    elseif head then
      record = stamp .. string.sub(record, 14)
    end
    local level = levelOf(record)
    redis.call('HSET', tasks, n, record)
    if #record > 4096 then redis.call('HSET', meta, 'large', 1) end
    redis.call('HSET', runs, n, whole(run) + 1)
    redis.call('HDEL', crashes, n)
    redis.call('HDEL', failures, n)
    if id then
      redis.call('HSET', ids, id, n .. '|' .. redis.sha1hex(payloadOf(record)))
      redis.call('ZREM', ended, n .. '|' .. id)
    end
    redis.call('ZREM', dead, n)
    redis.call('HDEL', graves, n)
    bytes = bytes + #grave
    if delay > 0 then
      redis.call('ZADD', KEYS[LATER + level], string.format('%.0f', now + delay), n)
    else
      redis.call('RPUSH', KEYS[READY + level], n)
    end
    changed = changed + 1
  end
end
if changed > 0 then
  liftDead(bytes)
  addTotals(6, changed)
  wake()
end
return { changed, table.concat(refused, ',') }
