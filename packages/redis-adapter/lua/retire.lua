#!lua flags=allow-oom
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local suspects = KEYS[23]
local moved = KEYS[24]
local leases = KEYS[25]
local runs = KEYS[26]
local crashes = KEYS[27]
local failures = KEYS[28]
local ids = KEYS[29]
local ended = KEYS[30]
local producers = KEYS[31]
local lanes = KEYS[32]
local results = KEYS[33]
local order = KEYS[34]
local dead = KEYS[35]
local graves = KEYS[36]
local idle = KEYS[37]
local waiters = KEYS[38]
local room = KEYS[39]
local notes = KEYS[40]
local keyed = KEYS[41]
local ring = KEYS[42]
local paced = KEYS[43]
local busy = KEYS[44]
local places = KEYS[45]
local samples = KEYS[49]
local ticks = KEYS[50]
local hours = KEYS[51]
local schedules = KEYS[52]
local due = KEYS[53]
local flow = { kin = KEYS[46], edges = KEYS[47], chores = KEYS[48] }

local listeners = ARGV[1]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local m = redis.call('HMGET', meta, 'layout', 'n', 'levels', 'seen', 'fence', 'paused', 'large', 'keep', 'keptBytes', 'unreported', 'moved', 'completed', 'outcomes', 'shared', 'flows', 'sealed')

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

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
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

local function remembers(state)
  return math.max(state.held, state.retried, caps.keyRate and state.full or 0) > now
end

local left = redis.call('HLEN', tasks) + redis.call('ZCARD', leases) + redis.call('HLEN', schedules) + redis.call('ZCARD', flow.chores)
  + redis.call('ZCOUNT', dead, string.format('(%.0f', now - keepLimits()[1]), '+inf')
redis.call('HLEN', producers)
redis.call('HLEN', lanes)
local length = redis.call('LLEN', order)
local newest = length > 0 and redis.call('LRANGE', order, length - 1, length - 1)[1]
local ofIds = redis.call('ZREVRANGE', ended, 0, 0, 'WITHSCORES')[2]
if newest and outcomeOf(newest) then left = left + 1 end
if ofIds and now - tonumber(ofIds) < 60000 then left = left + 1 end
-- Their times are those of the limits that held then; whether they mean something yet is for those that hold now.
local fading = redis.call('ZRANGE', paced, string.format('(%.3f', 1000000000000000 + now), '+inf', 'BYSCORE', 'LIMIT', 0, 1000)
if #fading == 1000 then left = left + 1 end
readStates(fading)
for i = 1, #fading do
  if remembers(stateOf(fading[i])) then left = left + 1 end
end
-- An earlier version has 1. Since when is not known where the clock was put back.
local sealedAt = m[16] and (tonumber(m[16]) or 0)
if not sealedAt or sealedAt > now then
  sealedAt = now
  redis.call('HSET', meta, 'layout', 2, 'sealed', string.format('%.0f', now))
end
if not m[16] then tell(listeners, 'm') end
if left > 0 or now - sealedAt < 60000 then return 0 end
redis.call('UNLINK', tasks)
for level = 0, 9 do redis.call('UNLINK', KEYS[READY + level]) end
for level = 0, 9 do redis.call('UNLINK', KEYS[LATER + level]) end
redis.call('UNLINK', suspects)
redis.call('UNLINK', moved)
redis.call('UNLINK', leases)
redis.call('UNLINK', runs)
redis.call('UNLINK', crashes)
redis.call('UNLINK', failures)
redis.call('UNLINK', ids)
redis.call('UNLINK', ended)
redis.call('UNLINK', results)
redis.call('UNLINK', order)
redis.call('UNLINK', dead)
redis.call('UNLINK', graves)
redis.call('UNLINK', idle)
redis.call('UNLINK', waiters)
redis.call('UNLINK', room)
redis.call('UNLINK', notes)
redis.call('UNLINK', keyed)
redis.call('UNLINK', ring)
redis.call('UNLINK', paced)
redis.call('UNLINK', busy)
redis.call('UNLINK', places)
redis.call('UNLINK', flow.kin)
redis.call('UNLINK', flow.edges)
redis.call('UNLINK', flow.chores)
redis.call('UNLINK', samples)
redis.call('UNLINK', ticks)
redis.call('UNLINK', hours)
redis.call('UNLINK', schedules)
redis.call('UNLINK', due)
redis.call('UNLINK', meta)
redis.call('HSET', meta, 'layout', 2, 'sealed', string.format('%.0f', sealedAt))
redis.call('PEXPIRE', meta, 86400000)
redis.call('PEXPIRE', producers, 86400000)
redis.call('PEXPIRE', lanes, 86400000)
return 1
