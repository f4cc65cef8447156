#!lua flags=allow-oom
local meta = KEYS[1]
local idle = KEYS[2]

local sets, its, override, by, order, at, holdFor = ARGV[1] == '1', tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local m = redis.call('HMGET', meta, 'layout', 'n', 'levels', 'seen', 'fence', 'paused', 'large', 'keep', 'keptBytes', 'unreported', 'moved', 'completed', 'outcomes', 'shared', 'flows')

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

local function limitsIn(text)
  local numbers, count = {}, 0
  for word in string.gmatch(text or '', '%S+') do
    count = count + 1
    numbers[count] = #word < 12 and string.find(word, '^[1-9]%d*$') and tonumber(word) or false
    if not numbers[count] and word ~= '-' then return nil end
  end
  local function rateAt(at)
    local most, perMs, burst = numbers[at], numbers[at + 1], numbers[at + 2]
    if not (most or perMs or burst) then return false end
    if not (most and perMs and burst) or burst > most then return nil end
    local each = perMs / most
    local more = math.min(math.floor(5 / each), math.ceil(burst / 2) - 1)
    return { each = each, slack = (burst - 1) * each, bucket = burst * each, gather = more * each }
  end
  if count ~= 9 then return nil end
  local rate, keyRate = rateAt(2), rateAt(6)
  if rate == nil or keyRate == nil then return nil end
  return { concurrency = numbers[1], rate = rate, keyConcurrency = numbers[5], keyRate = keyRate, holds = numbers[9] == 1 }
end

local version, hasKeys, caps, isUnreadable = 0, false, limitsIn('- - - - - - - - -'), false
if m[14] then
  local itsVersion, keysFlag, text = string.match(m[14], '^(%d+) ([01]) (.*)$')
  version = itsVersion and #itsVersion < 16 and tonumber(itsVersion) or 0
  -- Where it cannot be read there may be some.
  hasKeys = keysFlag ~= '0'
  local read = limitsIn(text)
  isUnreadable = not read
  caps = read or caps
end
local pace = {}
do
  local stored = m[14] and redis.call('HGET', meta, 'pace') or ''
  local full, held, virtual, plain, retry = string.match(stored, '^([%d.]+) (%d+) ([%d.]+) ([%d.]+) ?(%d*)$')
  local function bounded(text, most)
    local number = tonumber(text or '0') or 0
    return number <= most and number or 0
  end
  pace.full, pace.held = bounded(full, now + 400000000000), bounded(held, now + 400000000000)
  pace.virtual, pace.plain = bounded(virtual, 1e15), bounded(plain, 1e15)
  pace.retry = retry and #retry < 21 and retry or ''
  pace.before = stored
end
-- No bucket is emptier than empty: another rate held, or the clock stepped back.
local function boundPace()
  if caps.rate then pace.full = math.min(pace.full, now + caps.rate.bucket) end
end
boundPace()

local function savePace()
  local text = string.format('%.3f %.0f %.6f %.6f', pace.full, pace.held, pace.virtual, pace.plain) .. (pace.retry ~= '' and ' ' .. pace.retry or '')
  if text ~= pace.before then redis.call('HSET', meta, 'pace', text) end
end

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
end

local function wake()
  for _ = 1, 64 do
    local w = redis.call('ZPOPMAX', idle)
    if not w[1] then return end
    local topic = string.match(w[1], '^(.*)|')
    if topic and tell(topic, 'w') > 0 then return end
  end
end

if sets and not (its and (override == '' or limitsIn(override))) then return redis.error_reply('MQARGS limits are not right') end
local defined, before, setBy, contested, stored = unpack(redis.call('HMGET', meta, 'defined', 'override', 'setBy', 'contested', 'ordered'))
local last = stored and #stored < 14 and string.find(stored, '^%d+$') and tonumber(stored) or 0
if holdFor then
  redis.call('HSET', meta, 'layout', 2, 'shared', m[14] or '0 0 - - - - - - - - -')
  pace.held = math.max(now + holdFor, pace.held)
  savePace()
elseif sets and ((order and order > last) or (not order and its == version)) then
  redis.call('ZCARD', idle)
  version = math.max(version + 1, order or 0)
  last = order or version
  local text = override ~= '' and override or limitsIn(defined) and defined or '- - - - - - - - -'
  setBy = string.format('%.0f ', order and at or now) .. by
  redis.call('HSET', meta, 'layout', 2, 'setBy', setBy, 'ordered', string.format('%.0f', last), 'shared', string.format('%.0f', version) .. (hasKeys and ' 1 ' or ' 0 ') .. text)
  if override == '' then redis.call('HDEL', meta, 'override') else redis.call('HSET', meta, 'override', override) end
  before = override
  caps = limitsIn(text)
  boundPace()
  pace.retry = '0'
  savePace()
  if not m[6] then wake() end
end
local seenAt, other = string.match(contested or '', '^(%d+) (.*)$')
seenAt = seenAt and #seenAt < 17 and tonumber(seenAt) or 0
return { version, defined or '', before or '', math.max(0, pace.held - now), setBy or '', seenAt > 0 and other ~= defined and other or '', math.max(0, now - seenAt), last }
