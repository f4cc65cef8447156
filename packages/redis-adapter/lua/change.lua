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
local keyed = KEYS[31]
local ring = KEYS[32]
local paced = KEYS[33]
local busy = KEYS[34]
local places = KEYS[35]

local task, delay, newLevel, isUpdated, newPayload = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1', ARGV[5]
if not newPayload or (delay and not (delay >= 0 and delay < 1e16 and delay % 1 == 0))
  or (newLevel and not (newLevel >= 0 and newLevel <= 9 and newLevel % 1 == 0)) then
  return redis.error_reply('MQARGS a change is not right')
end

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
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
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
  end
end

local function wake()
  for _ = 1, 64 do
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

local states, changed, doubted, hasServable = {}, {}, {}, false
local function remember(id, text)
  local running, full, held, holders = string.match(text, '^(%d+) ?([%d.]*) ?(%d*) ?([%d@,]*)$')
  local function bounded(text)
    local number = tonumber(text or '') or 0
    return number <= now + 400000000000 and number or 0
  end
  local state = { running = running and #running < 10 and tonumber(running) or 0, full = bounded(full), held = bounded(held), retried = 0, holders = {}, text = text }
  local count = 0
  for n, due in string.gmatch(holders or '', '(%d+)@(%d+)') do
    local at = bounded(due)
    if at > now and count < 16 then
      state.holders[n], count = at, count + 1
      state.retried = math.max(state.retried, at)
    end
  end
  -- As of the whole queue: it is as empty as the rate that holds lets it be.
  if caps.keyRate and state.full > now + caps.keyRate.bucket then
    state.full, changed[id] = now + caps.keyRate.bucket, true
  end
  states[id] = state
  return state
end
local function stateOf(id) return states[id] or remember(id, redis.call('HGET', busy, id) or '') end
local function readStates(ids)
  local unread = {}
  for i = 1, #ids do
    if not states[ids[i]] then unread[#unread + 1] = ids[i] end
  end
  for i = 1, #unread, 1000 do
    local last = math.min(i + 999, #unread)
    local texts = redis.call('HMGET', busy, unpack(unread, i, last))
    for k = i, last do remember(unread[k], texts[k - i + 1] or '') end
  end
end
local function isFull(state) return caps.keyConcurrency and state.running >= caps.keyConcurrency end
local function freeOf(state)
  return math.max(state.held, state.retried, caps.keyRate and state.full - caps.keyRate.slack or 0)
end
local function endOf(state) return math.max(state.full, state.held, state.retried) end
local function noteHolders(id, state)
  state.retried = 0
  for _, at in pairs(state.holders) do state.retried = math.max(state.retried, at) end
  changed[id], doubted[id] = true, true
end
local function hold(id, n, due)
  local state, count = stateOf(id), 0
  for other in pairs(state.holders) do count = count + (other == n and 0 or 1) end
  if count < 16 then state.holders[n] = due else state.held = math.max(state.held, due) end
  noteHolders(id, state)
end
-- Answers whether it held the key.
local function unhold(id, n)
  local state = stateOf(id)
  if not state.holders[n] then return false end
  state.holders[n] = nil
  noteHolders(id, state)
  return true
end
-- Some of its tasks that wait, in their order.
local function entriesOf(id, offset, count)
  return redis.call('ZRANGE', keyed, '[' .. id, '(' .. id .. ':', 'BYLEX', 'LIMIT', offset, count)
end
local function inPieces(list, size, command, ...)
  for i = 1, #list, size do
    local piece = { ... }
    for k = i, math.min(i + size - 1, #list) do piece[#piece + 1] = list[k] end
    redis.call(command, unpack(piece))
  end
end
local function placeKeys()
  local ids = {}
  for id in pairs(doubted) do ids[#ids + 1] = id end
  if #ids == 0 then return end
  readStates(ids)
  local enter, leave, wait, forget = {}, {}, {}, {}
  for i = 1, #ids do
    local id = ids[i]
    local state, first = states[id], entriesOf(id, 0, 1)[1]
    local at = first and freeOf(state) or endOf(state)
    if first and at <= now and not isFull(state) then
      local weight = tonumber(string.match(first, 'w(%d+)$') or 1)
      enter[#enter + 1] = string.format('%.6f', pace.virtual + 1 / weight)
      enter[#enter + 1] = id
      forget[#forget + 1] = id
      hasServable = true
    else
      leave[#leave + 1] = id
      local isTimed = at > now
      if first then isTimed = true else isTimed = isTimed and state.running == 0 end
      if isTimed then
        wait[#wait + 1] = string.format('%.3f', not first and 1000000000000000 + at or isFull(state) and 500000000000000 or at)
        wait[#wait + 1] = id
      else
        forget[#forget + 1] = id
      end
    end
    changed[id] = true
  end
  inPieces(forget, 1000, 'ZREM', paced)
  inPieces(enter, 1000, 'ZADD', ring, 'NX')
  inPieces(leave, 1000, 'ZREM', ring)
  inPieces(wait, 1000, 'ZADD', paced)
  doubted = {}
end
local function saveKeys()
  placeKeys()
  local saved, gone = {}, {}
  for id in pairs(changed) do
    local state = states[id]
    if state then
      local text = state.running > 0 and string.format('%d', state.running) or ''
      if endOf(state) > now then
        local holders = {}
        for n, at in pairs(state.holders) do holders[#holders + 1] = n .. '@' .. string.format('%.0f', at) end
        text = string.format('%d %.3f %.0f %s', state.running, state.full, state.held, table.concat(holders, ','))
      end
      if text == '' and state.text ~= '' then
        gone[#gone + 1] = id
      elseif text ~= state.text then
        saved[#saved + 1] = id
        saved[#saved + 1] = text
      end
      state.text = text
    end
  end
  inPieces(saved, 1000, 'HSET', busy)
  inPieces(gone, 1000, 'HDEL', busy)
  changed = {}
  return hasServable
end

local function readPlace(place)
  local digits = string.match(place or '', '^(%d+):')
  local at = digits and #digits < 6 and #digits + 1 + tonumber(digits)
  if not at then return nil end
  local level, class, rank, n, weight = string.match(place, '^(%d)([01])0*(%d+):?(%d*)w?(%d*)$', at + 1)
  if not level then return nil end
  return string.sub(place, 1, at), 9 - level, class, n ~= '' and n or rank, tonumber(weight) or 1
end
local function placeIn(id, level, class, rank, n, weight)
  return id .. (9 - level) .. class .. string.rep('0', 16 - #rank) .. rank .. (n ~= rank and ':' .. n or '') .. (weight ~= 1 and 'w' .. weight or '')
end
local function standIn(n, place)
  redis.call('HSET', places, n, place)
  redis.call('ZADD', keyed, 0, place)
end
local function freed(id)
  local state = stateOf(id)
  local wasFull = isFull(state)
  state.running = math.max(0, state.running - 1)
  changed[id] = true
  if wasFull or (state.running == 0 and math.max(state.full, state.held, state.retried) > now) then doubted[id] = true end
end
-- Somebody deleted the record of one that runs.
local function dropPlace(n, place)
  if not place then return end
  redis.call('HDEL', places, n)
  local id = readPlace(place)
  if not id then return end
  freed(id)
  doubted[id] = true
end
-- To the head of its level, in the order of the numbers.
local function giveBack(n, id, level, weight)
  standIn(n, placeIn(id, level, '0', n, n, weight))
  doubted[id] = true
end

local newestRank
local function newRank()
  newestRank = (newestRank or math.max(tonumber(m[2]) or 0, time[1] * 1000000 + time[2])) + 1
  return string.format('%.0f', newestRank)
end
local function saveRanks()
  if newestRank then redis.call('HSET', meta, 'n', string.format('%.0f', newestRank)) end
end

local function isFree()
  if caps.concurrency and redis.call('ZCARD', leases) >= caps.concurrency then return false, nil end
  local at = math.max(pace.held, caps.rate and pace.full - caps.rate.slack or 0)
  return at <= now, at
end

local function claimableAt()
  if m[6] then return nil end
  local _, at = isFree()
  if not at then return nil end
  at = math.max(at, now)
  if pace.retry ~= '' or redis.call('ZCARD', ring) > 0 then return at end
  for place = 1, #m[3] do
    local level = string.byte(m[3], place) - 48
    if redis.call('LLEN', KEYS[READY + level]) > 0 then return at end
  end
  local next = tonumber(redis.call('ZRANGE', paced, 0, 0, 'WITHSCORES')[2] or nil)
  if not next or next >= 500000000000000 then return nil end
  return math.max(at, next)
end
local function isSooner(before, isMore)
  local at = claimableAt()
  return at ~= nil and (not before or at < before or (isMore and at <= now))
end

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
redis.call('HLEN', places)
redis.call('HLEN', busy)
redis.call('ZCARD', keyed)
redis.call('ZCARD', ring)
redis.call('ZCARD', paced)
redis.call('ZCARD', idle)
local hasRoom = redis.call('ZCARD', room) > 0
local stamp, header, payload = string.match(record, '^(' .. string.rep('%d', 13) .. ')%d([^\n]*)\n(.*)$')
-- What is not of our form keeps its level, unless it gets another payload.
local level = (stamp or isUpdated) and newLevel or old
local id = isUpdated and ownIdOf(record)

local claimableBefore = m[14] and claimableAt()

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
local comes, isDueSooner = false, false
local itsPlace = m[14] and redis.call('HGET', places, n)
local key, _, class, _, weight = readPlace(itsPlace or '')
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
      if key then
        unhold(key, n)
        standIn(n, class == '0' and placeIn(key, level, '0', n, n, weight) or placeIn(key, level, '1', newRank(), n, weight))
        doubted[key] = true
      else
        redis.call('RPUSH', KEYS[READY + level], n)
      end
      comes = true
    else
      if key and delay and unhold(key, n) then hold(key, n, now + delay) end
      isDueSooner = delayUntil(delay and string.format('%.0f', now + delay) or dueAt)
    end
  end
elseif delay and delay > 0 then
  if isAside then leaveList(suspects, n) elseif not key then moveOut(old, n) end
  if key then
    if redis.call('ZREM', keyed, itsPlace) == 0 then freed(key) end
    redis.call('HSET', places, n, placeIn(key, level, '1', n, n, weight))
    doubted[key] = true
  end
  isDueSooner = delayUntil(string.format('%.0f', now + delay))
  if hasRoom then tellRoom(1) end
elseif level ~= old and not isAside then
  if key then
    redis.call('ZREM', keyed, itsPlace)
    standIn(n, placeIn(key, level, '1', newRank(), n, weight))
    doubted[key] = true
  else
    moveOut(old, n)
    redis.call('RPUSH', KEYS[READY + level], n)
  end
end
local isServable = saveKeys()
saveRanks()
if m[14] then comes = isSooner(claimableBefore, comes and (not key or isServable)) end
if not m[6] and (comes or isDueSooner) then wake() end
return 1
