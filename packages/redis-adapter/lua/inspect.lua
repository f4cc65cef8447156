#!lua flags=allow-oom
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local moved = KEYS[23]
local leases = KEYS[24]
local runs = KEYS[25]
local crashes = KEYS[26]
local failures = KEYS[27]
local ids = KEYS[28]
local results = KEYS[29]
local dead = KEYS[30]
local graves = KEYS[31]
local notes = KEYS[32]
local idle = KEYS[33]
local keyed = KEYS[34]
local ring = KEYS[35]
local paced = KEYS[36]
local busy = KEYS[37]
local places = KEYS[38]


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

local given, limits = '', nil
local function keepLimits()
  if limits then return limits end
  local text = given ~= '' and given or m[8] or ''
  limits = {}
  for number in string.gmatch(text, '%d+') do limits[#limits + 1] = #number < 17 and tonumber(number) or nil end
  if #limits ~= 6 then limits = { 1209600000, 9007199254740991, 1073741824, 3600000, 10000, 67108864 } end
  return limits
end

local function outcomeOf(n)
  local outcome = redis.call('HGET', results, n)
  local whose, at = string.match(outcome or '', '^(%d+)|%a|(%d+)')
  return whose == n and now - at < keepLimits()[4] and outcome or nil
end

local function levelOf(record)
  local level = tonumber(string.sub(record, 14, 14))
  if level and string.find(m[3], level, 1, true) then return level end
  return tonumber(string.sub(m[3], 1, 1))
end

local function diedAt(n)
  local at = redis.call('ZSCORE', dead, n)
  return at and tonumber(at) > now - keepLimits()[1] and at or nil
end
local function read(n)
  if redis.call('HEXISTS', tasks, n) == 1 then
    if redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n))) then
      return { 'R', n, redis.call('HGET', notes, n) or '' }
    end
    for level in string.gmatch(m[3] or '', '%d') do
      local due = redis.call('ZSCORE', KEYS[LATER + level], n)
      if due and tonumber(due) >= 4000000000000000 then return { 'B', n, '' } end
      if due then return { 'L', n, math.max(0, due - now) } end
    end
    return { 'W', n, '' }
  end
  local outcome = outcomeOf(n)
  if outcome then return { 'E', n, outcome } end
  local died = diedAt(n)
  if died then
    local grave = redis.call('HGET', graves, n) or ''
    return { 'D', n, died, string.match(grave, '^%d+|%d+|%d+|([^\n\t]*)') or '' }
  end
  return { 'U' }
end

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

local function isFree()
  if caps.concurrency and redis.call('ZCARD', leases) >= caps.concurrency then return false, nil end
  local at = math.max(pace.held, caps.rate and pace.full - caps.rate.slack or 0)
  return at <= now, at
end

local task, hasContent = ARGV[1], ARGV[2] == '1'
local n = string.match(task, '^#(%d+)$')
if not n then
  local known = redis.call('HGET', ids, string.sub(task, 2))
  n = known and string.match(known, '^%d+')
end
local reading = n and #n < 17 and read(n) or { 'U' }

local function lengthOf(level) return redis.call('LLEN', KEYS[READY + level]) end
local level, ahead, leaseEnds, recovery = -1, -1, '', 0
local record = reading[2] and redis.call('HGET', tasks, n)
if record then level = levelOf(record) end
if reading[1] == 'W' then
  local before, place = 0, nil
  for digit in string.gmatch(m[3], '%d') do
    if tonumber(digit) > level then before = before + lengthOf(digit) end
  end
  local line = before <= 1000 and redis.call('LRANGE', KEYS[READY + level], 0, 1000) or {}
  for i = 1, #line do if line[i] == n then place = i break end end
  -- Of two entries nobody knows which it is.
  if m[11] and redis.call('HEXISTS', moved, level .. '|' .. n) == 1 then place = nil end
  if place and before + place - 1 <= 1000 then ahead = before + place - 1 end
elseif reading[1] == 'R' then
  local ends = redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n)))
  local left = math.floor(ends) - now
  -- A fraction: its time is over but for an outage.
  if ends % 1 >= 0.25 then left, recovery = math.min(0, left), math.max(0, left) end
  leaseEnds = string.format('%.0f', left)
end
local key, heldBack = '', ''
if m[14] and record then
  local place = redis.call('HGET', places, n)
  key = readPlace(place or '') or ''
  local function textOf(scope, held, at) return scope .. (held >= at and ' hold ' or ' rate ') .. math.ceil(at - now) end
  if reading[1] == 'W' then
    local free, at = isFree()
    local isThere = key ~= '' and redis.call('ZSCORE', keyed, place)
    if not free then
      heldBack = at and textOf('q', pace.held, at) or 'q concurrency ' .. caps.concurrency
    elseif isThere and isFull(stateOf(key)) then
      heldBack = 'k concurrency ' .. caps.keyConcurrency
    elseif isThere and freeOf(stateOf(key)) > now then
      heldBack = textOf('k', math.max(stateOf(key).held, stateOf(key).retried), freeOf(stateOf(key)))
    end
    if isThere then
      ahead = redis.call('ZLEXCOUNT', keyed, '[' .. key, '(' .. place)
      if ahead > 1000 then ahead = -1 end
    end
  end
end
local seen, sleeper = tonumber(m[4]), redis.call('ZREVRANGE', idle, 0, 0, 'WITHSCORES')[2]
-- Who finds an empty queue notes nothing but that it sleeps.
seen = sleeper and math.max(seen or 0, tonumber(sleeper)) or seen
return {
  reading, m[6] and 1 or 0, n and whole(redis.call('HGET', failures, n)) or 0, n and whole(redis.call('HGET', crashes, n)) or 0,
  level, ahead, leaseEnds, redis.call('ZCARD', idle), redis.call('ZCOUNT', leases, '(' .. string.format('%.0f', now), '+inf'), seen and math.max(0, now - seen) or -1,
  recovery, hasContent and (record or (reading[1] == 'D' and redis.call('HGET', graves, n))) or '',
  now, hasContent and record and redis.call('HGET', failures, 'e' .. n) or '',
  hasContent and record and redis.call('HGET', notes, 'l' .. n) or '', key, heldBack
}
