#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local leases = KEYS[23]
local runs = KEYS[24]
local crashes = KEYS[25]
local failures = KEYS[26]
local ids = KEYS[27]
local ended = KEYS[28]
local results = KEYS[29]
local dead = KEYS[30]
local graves = KEYS[31]
local idle = KEYS[32]
local keyed = KEYS[33]
local ring = KEYS[34]
local paced = KEYS[35]
local busy = KEYS[36]
local places = KEYS[37]
local flow = { kin = KEYS[38], edges = KEYS[39], chores = KEYS[40] }

if #ARGV % 5 ~= 0 or #ARGV > 5000 then return redis.error_reply('MQARGS a redrive is not right') end
for at = 1, #ARGV, 5 do
  local delay = tonumber(ARGV[at + 2])
  if not (delay and delay >= 0 and delay < 1e15 and delay % 1 == 0) then return redis.error_reply('MQARGS a delay is not right') end
end
local home = { strayed = {} }

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

local function whole(text)
  return text and string.find(text, '^%d+$') and #text < 10 and tonumber(text) or 0
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

local function keyOf(record)
  local header = string.match(string.sub(record, 15), '^([^\n]+)\n')
  if not header or not string.find(header, '"key"', 1, true) then return nil end
  local readable, parsed = pcall(cjson.decode, header)
  local key = readable and type(parsed) == 'table' and parsed.key
  if type(key) ~= 'string' or key == '' or #key > 1024 then return nil end
  local weight = parsed.weight
  local isWeight = type(weight) == 'number' and weight >= 1 and weight <= 1000 and weight % 1 == 0
  return #key .. ':' .. key, isWeight and weight or 1
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

flow.add = function(name, value, at)
  redis.call('HSET', flow.kin, '!' .. name, string.format('%.0f|', time[1] * 1000000 + time[2]) .. value)
  redis.call('ZADD', flow.chores, at or now, name)
  flow.added = true
end
flow.unblocked = function(ns)
  if #ns == 0 then return end
  local names, fields = {}, {}
  for i = 1, #ns do names[i], fields[i] = 'c' .. ns[i], '!c' .. ns[i] end
  redis.call('ZREM', flow.chores, unpack(names))
  redis.call('HDEL', flow.kin, unpack(fields))
end
flow.ended = function(over, outcomes)
  if not m[15] or #over == 0 then return end
  local linked, heads = redis.call('ZMSCORE', flow.edges, unpack(over)), redis.call('HMGET', flow.kin, unpack(over))
  local children = {}
  for i = 1, #over do
    if linked[i] then flow.add('e' .. over[i], outcomes[i]) end
    local count = heads[i] and tonumber(string.match(heads[i], '^%a %d+ %d+ (%d+) '))
    if heads[i] then children[#children + 1] = over[i] end
    if count and string.match(outcomes[i], '^%d+|(%a)') ~= 'D' then
      if count <= 64 then
        local gone = {}
        for index = 0, count - 1 do gone[index + 1] = over[i] .. '.' .. index end
        redis.call('HDEL', flow.kin, unpack(gone))
      else
        flow.add('d' .. over[i], '0')
      end
    end
  end
  flow.unblocked(children)
end

local delayedKeys
-- True or false: of any key.
local function keysOfDelayed()
  local size, found = 0, {}
  for level = 0, 9 do size = size + redis.call('ZCARD', KEYS[LATER + level]) end
  local hasLooked = redis.call('HEXISTS', meta, 'looked') == 1
  if size > 1000 and not hasLooked then return true end
  if size > 10000 then return false end
  home.looked = not hasLooked
  for level = 0, 9 do
    local ns = redis.call('ZRANGE', KEYS[LATER + level], 0, 9999)
    for first = 1, #ns, 1000 do
      local itsPlaces = redis.call('HMGET', places, unpack(ns, first, math.min(first + 999, #ns)))
      for k = 1, #itsPlaces do
        local key = readPlace(itsPlaces[k])
        if key then found[key] = true end
      end
    end
  end
  return found
end
local function isLive(id)
  if home.strayed[id] or redis.call('HEXISTS', meta, 'away:' .. id) == 1 then return false end
  local state = stateOf(id)
  if state.running > 0 or endOf(state) > now or redis.call('ZLEXCOUNT', keyed, '[' .. id, '(' .. id .. ':') > 0 then return true end
  if delayedKeys == nil then delayedKeys = keysOfDelayed() end
  if type(delayedKeys) == 'table' then return delayedKeys[id] == true end
  -- It may have moved before, and leaves what may be delayed.
  if not delayedKeys then home.strayed[id] = true end
  return delayedKeys
end

for _, key in ipairs({ tasks, runs, crashes, failures, ids, results, graves }) do redis.call('HLEN', key) end
redis.call('HLEN', places)
redis.call('HLEN', busy)
redis.call('ZCARD', keyed)
redis.call('ZCARD', ring)
redis.call('ZCARD', paced)
redis.call('HLEN', flow.kin)
redis.call('ZCARD', flow.edges)
redis.call('ZCARD', flow.chores)
for _, key in ipairs({ ended, dead, idle, leases }) do redis.call('ZCARD', key) end
for level in string.gmatch(m[3], '%d') do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end

-- A child that died of a parent is blocked again, and looks for those of which it has not heard; answers whether it is.
local function revive(n)
  local head, heard, bad = string.match(redis.call('HGET', flow.kin, n) or '', '^(%a %d+ %d+ %d+) (%d+) (-?%d+)$')
  if not head then return false end
  if tonumber(bad) >= 0 then
    heard = heard - redis.call('HDEL', flow.kin, n .. '.' .. bad)
    redis.call('HSET', flow.kin, n, head .. string.format(' %.0f -1', heard))
  end
  if tonumber(heard) >= tonumber(string.match(head, '%d+$')) then return false end
  flow.add('c' .. n, '')
  return true
end
-- A letter does not bring its key home to a partition that is sealed.
for at = 1, m[16] and #ARGV or 0, 5 do
  local n = ARGV[at]
  local record = string.match(redis.call('HGET', graves, n) or '', '^%d+|%d+|%d+|[^\n]*\n(.*)$')
  local key = record and keyOf(record)
  if key and not isLive(key) then home.strayed[key] = true end
end
local function payloadOf(record) return string.sub(record, (string.find(record, '\n', 1, true) or 0) + 1) end
local changed, refused, bytes, hasNewKeys = 0, {}, 0, false
local claimableBefore, comes, later = m[14] and claimableAt(), false, {}
if home.looked then redis.call('HSET', meta, 'looked', 1) end
for id in pairs(home.strayed) do redis.call('HSET', meta, 'away:' .. id, 1) end
for at = 1, #ARGV, 5 do
  local n, diedThen, delay, isEdited, payload = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3] == '1', ARGV[at + 4]
  local died = diedAt(n)
  local isMeant = died and (diedThen == '' or tonumber(died) == tonumber(diedThen))
  local grave = isMeant and redis.call('HGET', graves, n)
  local run, record = string.match(grave or '', '^%d+|%d+|(%d+)|[^\n]*\n(.*)$')
  local id = record and ownIdOf(record)
  -- What is not a number was written by another program: there is no task of it.
  -- In a partition that is sealed, one that is not known here may be a task's elsewhere.
  local known = id and string.match(redis.call('HGET', ids, id) or m[16] and '0' or n, '^%d+') or n
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
    local blocked = m[15] and revive(n)
    local key, weight = keyOf(record)
    if key and (delay > 0 or blocked) then
      redis.call('HSET', places, n, placeIn(key, level, '1', n, n, weight))
    elseif key then
      standIn(n, placeIn(key, level, '1', newRank(), n, weight))
      doubted[key] = true
    end
    hasNewKeys = hasNewKeys or key ~= nil
    if blocked then
      redis.call('ZADD', KEYS[LATER + level], string.format('%.0f', now + 4000000000000000), n)
    elseif delay > 0 then
      redis.call('ZADD', KEYS[LATER + level], string.format('%.0f', now + delay), n)
      later[n] = level
    elseif not key then
      redis.call('RPUSH', KEYS[READY + level], n)
      comes = true
    end
    changed = changed + 1
  end
end
local isServable = saveKeys()
saveRanks()
if hasNewKeys and not hasKeys then
  redis.call('HSET', meta, 'shared', string.match(m[14] or '', '^%d+ ') and string.gsub(m[14], '^(%d+) %S+', '%1 1') or '0 1 - - - - - - - - -')
end
if changed > 0 then
  liftDead(bytes)
  addTotals(6, changed)
  if m[14] or hasNewKeys then comes = isSooner(claimableBefore, comes or isServable) end
  -- Who sleeps does so until the earliest that it knows of.
  for level in string.gmatch(m[3], '%d') do
    local first = redis.call('ZRANGE', KEYS[LATER + level], 0, 0)[1]
    comes = comes or (first and later[first] == tonumber(level))
  end
  if flow.added or (comes and not m[6]) then wake() end
end
return { changed, table.concat(refused, ',') }
