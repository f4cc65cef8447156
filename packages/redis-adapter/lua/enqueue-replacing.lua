#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local suspects = KEYS[23]
local leases = KEYS[24]
local runs = KEYS[25]
local crashes = KEYS[26]
local failures = KEYS[27]
local ids = KEYS[28]
local ended = KEYS[29]
local producers = KEYS[30]
local lanes = KEYS[31]
local results = KEYS[32]
local order = KEYS[33]
local dead = KEYS[34]
local graves = KEYS[35]
local idle = KEYS[36]
local waiters = KEYS[37]
local room = KEYS[38]
local notes = KEYS[39]
local keyed = KEYS[40]
local ring = KEYS[41]
local paced = KEYS[42]
local busy = KEYS[43]
local places = KEYS[44]
local flow = { kin = KEYS[45], edges = KEYS[46], chores = KEYS[47] }
local outcomeKeys = { seq = KEYS[48], log = KEYS[49], readers = KEYS[50], floors = KEYS[51], alive = KEYS[52], bells = KEYS[53] }

-- ## Arguments
local lane, seq, atomic, capacity, roomTopic, specials, seals = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6]), ARGV[7] == '1'
local endBounds, run = ARGV[8], ARGV[9]
local ownLane, afterLane, afterSeq = string.match(lane, '^([^\n]*)\n([^\n]*)\n(%d+)$')
lane = ownLane or lane
if not (seq and specials and specials >= 0 and specials % 1 == 0) then return redis.error_reply('MQARGS a batch is not right') end
-- The special ones, then a record of each task from ARGV[first] on.
local SPECIALS, asked = 10, {}
local keyOfTask, newPlaces, standing, isBounded = {}, {}, {}, false
local families, newKin, newKinIds, newChores = {}, {}, {}, {}
local first = SPECIALS + 4 * specials
local count = #ARGV - first + 1
if count < 1 or count > 1000 then return redis.error_reply('MQARGS a batch is not right') end
for at = SPECIALS, first - 1, 4 do
  local i, delay, id, how = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  if not (i and i >= 1 and i <= count and i % 1 == 0 and delay and delay >= 0 and delay < math.huge and (string.find(how, '^r?%d*$') or string.find(how, '^r?%d*f%a %d+ %d+ %d+;[^|\n]+\n$') or string.find(string.gsub(how, '^(r?%d*)f%a %d+ %d+ %d+;[^|\n]+\n', '%1'), '^r?%d*k[1-9]%d?%d?%d?c?%d*|%d+:.'))) then
    return redis.error_reply('MQARGS a special task is not right')
  end
  if id ~= '' then asked[#asked + 1] = id end
  local weight, bound, key = string.match(how, 'k(%d+)c?(%d*)|(.*)$')
  if key then
    keyOfTask[i] = { key, tonumber(weight), tonumber(bound) }
    isBounded = isBounded or bound ~= ''
  end
  local family = string.match(how, '^r?%d*f([^\n]*)\n')
  if family then families[i] = family end
end

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

local function amount(text) return text and #text < 17 and string.find(text, '^%d+$') and tonumber(text) or 0 end

local function noteKept(...)
  if given ~= '' then redis.call('HSET', meta, 'keep', given, ...) else redis.call('HSET', meta, ...) end
end

local function outcomeOf(n)
  local outcome = redis.call('HGET', results, n)
  local whose, at = string.match(outcome or '', '^(%d+)|%a|(%d+)')
  return whose == n and now - at < keepLimits()[4] and outcome or nil
end

local function diedAt(n)
  local at = redis.call('ZSCORE', dead, n)
  return at and tonumber(at) > now - keepLimits()[1] and at or nil
end
local function isKept(n)
  return outcomeOf(n) or diedAt(n)
end
local function forgetIds(most)
  local old = redis.call('ZRANGEBYSCORE', ended, '-inf', now - 60000, 'LIMIT', 0, most)
  for i = 1, #old do
    local n, id = string.match(old[i], '^(%d+)|(.*)$')
    local known = n and redis.call('HGET', ids, id)
    local isOurs = known and string.match(known, '^%d+') == n
    if isOurs and string.sub(id, 1, 1) ~= '~' and isKept(n) then
      redis.call('ZADD', ended, now, old[i])
    else
      if isOurs then redis.call('HDEL', ids, id) end
      redis.call('ZREM', ended, old[i])
    end
  end
end

local function endId(n, id)
  redis.call('ZADD', ended, now, n .. '|' .. id)
  forgetIds(2)
end

local function whole(text)
  return text and string.find(text, '^%d+$') and #text < 10 and tonumber(text) or 0
end

local foreign = 0

local function countForeign()
  if foreign == 0 then return end
  redis.call('HSET', meta, 'foreign', string.format('%.0f', amount(redis.call('HGET', meta, 'foreign')) + foreign))
end
local function reportLater(letters)
  countForeign()
  if foreign + letters == 0 then return end
  local before, foreignBefore = string.match(redis.call('HGET', meta, 'unreported') or '', '^(%d+),(%d+)$')
  redis.call('HSET', meta, 'unreported', string.format('%.0f,%.0f', amount(before) + letters, amount(foreignBefore) + foreign))
end

local function tellEnd(topics, outcome)
  for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'e', outcome) end
end

local function ownIdOf(record)
  local header = string.match(string.sub(record, 15), '^([^\n]+)\n')
  local readable, parsed = pcall(cjson.decode, header or '{}')
  return readable and type(parsed) == 'table' and type(parsed.id) == 'string' and parsed.id or nil
end

local ends
local endUnits = {}
local function unitsOf(text)
  if not string.find(text, '[\128-\255]') then return #text end
  local _, following = string.gsub(text, '[\128-\191]', '')
  local _, astral = string.gsub(text, '[\240-\247]', '')
  return #text - following + astral
end
local function addEnd(id, outcome, units)
  if not ends then return end
  -- As outcomeBody in core writes it.
  local own = id and string.gsub(id, '[%%\n]', { ['%'] = '%25', ['\n'] = '%0A' }) or ''
  if string.find(units and own or own .. outcome, '[\128-\255]') then
    local characters = { '[\194-\223][\128-\191]', '\224[\160-\191][\128-\191]', '[\225-\236\238\239][\128-\191][\128-\191]', '\237[\128-\159][\128-\191]', '\240[\144-\191][\128-\191][\128-\191]', '[\241-\243][\128-\191][\128-\191][\128-\191]', '\244[\128-\143][\128-\191][\128-\191]' }
    local function replaced(run)
      local pieces, at = {}, 1
      while at <= #run do
        local last
        for _, character in ipairs(characters) do
          local _, found = string.find(run, '^' .. character, at)
          last = last or found
        end
        pieces[#pieces + 1] = last and string.sub(run, at, last) or '\239\191\189'
        at = (last or at) + 1
      end
      return table.concat(pieces)
    end
    local function readable(text)
      local rest = text
      for _, character in ipairs(characters) do rest = string.gsub(rest, character, '.') end
      return string.find(rest, '[\128-\255]') and string.gsub(text, '[\128-\255]+', replaced) or text
    end
    own = readable(own)
    if not units then outcome = readable(outcome) end
  end
  ends[#ends + 1] = own .. '\n' .. outcome
  endUnits[#ends] = unitsOf(own) + 1 + (units or unitsOf(outcome))
end

local function leave(over, records, outcomes)
  redis.call('HDEL', tasks, unpack(over))
  redis.call('HDEL', runs, unpack(over))
  redis.call('HDEL', crashes, unpack(over))
  local forgotten = {}
  for i = 1, #over do
    forgotten[2 * i - 1] = over[i]
    forgotten[2 * i] = 'e' .. over[i]
  end
  redis.call('HDEL', failures, unpack(forgotten))
  local noted = {}
  for i = 1, #over do
    noted[3 * i - 2] = over[i]
    noted[3 * i - 1] = 'm' .. over[i]
    noted[3 * i] = 'l' .. over[i]
  end
  redis.call('HDEL', notes, unpack(noted))
  for i = 1, #over do
    local id = ownIdOf(records[i])
    if id then endId(over[i], id) end
    addEnd(id, outcomes[i])
  end
  flow.ended(over, outcomes)
  local topics, awaited = redis.call('HMGET', waiters, unpack(over)), {}
  for i = 1, #over do
    if topics[i] then
      tellEnd(topics[i], outcomes[i])
      awaited[#awaited + 1] = over[i]
    end
  end
  if #awaited > 0 then redis.call('HDEL', waiters, unpack(awaited)) end
end

local keptCount, oldestRun

local function keepOutcomes(pairs)
  local limit, last = keepLimits(), #pairs
  local mostCount, mostBytes = math.max(1, math.floor(limit[5] / 10)), limit[6] / 10
  local bytes = amount(m[9])
  local runs, head, count, size = {}, 1, 0, 0
  for i = 1, last, 2 do
    if count == 0 then
      head = #runs + 1
      runs[head] = ''
    end
    runs[#runs + 1] = pairs[i]
    count = count + 1
    size = size + #pairs[i + 1]
    if count >= mostCount or size >= mostBytes or i + 1 == last then
      runs[head] = '=' .. count .. ' ' .. size .. ' ' .. string.format('%.0f', now)
      bytes = bytes + size
      count, size = 0, 0
    end
  end
  redis.call('HSET', results, unpack(pairs))
  redis.call('RPUSH', order, unpack(runs))
  keptCount = keptCount + last / 2
  oldestRun = oldestRun or runs[1]
  local left = last + 100
  while left > 0 and oldestRun do
    local count, size, at = string.match(oldestRun, '^=(%d+) (%d+) (%d+)$')
    count = tonumber(count)
    if not count or count > 1000 then
      redis.call('LPOP', order)
      foreign = foreign + 1
      left = left - 1
    elseif keptCount - count >= limit[5] or bytes > limit[6] or now - at >= limit[4] then
      local ns = redis.call('LPOP', order, count + 1)
      if #ns > 1 then redis.call('HDEL', results, unpack(ns, 2)) end
      keptCount, bytes, left = keptCount - count, bytes - size, left - math.max(1, count)
    else
      break
    end
    oldestRun = redis.call('LRANGE', order, 0, 0)[1]
    if not oldestRun then bytes = 0 end
  end
  m[9] = string.format('%.0f', math.max(0, bytes))
  noteKept('keptBytes', m[9])
end

local function levelOf(record)
  local level = tonumber(string.sub(record, 14, 14))
  if level and string.find(m[3], level, 1, true) then return level end
  return tonumber(string.sub(m[3], 1, 1))
end

local function takeFrom(key, n)
  if redis.call('LPOS', key, n, 'MAXLEN', 1000) then return redis.call('LREM', key, 1, n) > 0 end
  return redis.call('LPOS', key, n, 'RANK', -1, 'MAXLEN', 1000) and redis.call('LREM', key, -1, n) > 0
end
local function isLong(key) return redis.call('LLEN', key) > 2000 end
local function takeOut(level, n)
  local ready = KEYS[READY + level]
  if takeFrom(ready, n) or takeFrom(suspects, n) then return end
  if not isLong(ready) and not isLong(suspects) then return end
  redis.call('HSET', meta, 'left', string.format('%.0f', amount(redis.call('HGET', meta, 'left')) + 1))
end

local function placeOf(n)
  local record = redis.call('HGET', tasks, n)
  if not record then return nil end
  if redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n))) then return 'running' end
  local delayedAt
  for level in string.gmatch(m[3], '%d') do
    if redis.call('ZSCORE', KEYS[LATER + level], n) then delayedAt = level end
  end
  return { n = n, record = record, level = delayedAt or levelOf(record), waits = not delayedAt }
end

local function addTotals(...)
  local numbers, added = {}, { ... }
  for number in string.gmatch(redis.call('HGET', meta, 'totals') or '', '[^,]+') do numbers[#numbers + 1] = amount(number) end
  if #numbers ~= 6 then numbers = { 0, 0, 0, 0, 0, 0 } end
  for i = 1, #added, 2 do numbers[added[i]] = numbers[added[i]] + added[i + 1] end
  redis.call('HSET', meta, 'totals', string.format('%.0f,%.0f,%.0f,%.0f,%.0f,%.0f', unpack(numbers)))
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

local function leaveKey(n, how)
  local place = redis.call('HGET', places, n)
  if not place then return nil end
  redis.call('HDEL', places, n)
  local id, level, class, _, weight = readPlace(place)
  if not id then return nil end
  if how == 'running' then
    freed(id)
  elseif how == 'delayed' then
    unhold(id, n)
  else
    -- Or it is set aside, and counts for its key.
    if redis.call('ZREM', keyed, place) == 0 then
      local key = suspects
      if redis.call('LPOS', key, n, 'MAXLEN', 20000) then redis.call('LREM', key, 1, n) end
      freed(id)
    end
    doubted[id] = true
  end
  return id, level, weight, class
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


-- ## Was it answered before?
-- What was answered before is answered again; what is older than that comes from a connection long given up.
local last = redis.call('HGET', producers, lane)
if last then
  local lastSeq, receipts = string.match(last, '^(%d+)|%d+|(.*)$')
  lastSeq = tonumber(lastSeq) or 0
  if lastSeq == seq then return receipts end
  if lastSeq > seq then return redis.error_reply('MQSTALE a newer call of this lane was answered') end
end
-- The one before it was sent, and has not come yet.
if afterLane then
  local came = redis.call('HGET', producers, afterLane)
  if (tonumber(string.match(came or '', '^%d+')) or 0) < tonumber(afterSeq) then return false end
end

-- ## Read and check
local waiting = redis.call('HLEN', tasks)
local wasEmpty = waiting == 0
local sleepers, leased = redis.call('ZCARD', idle), 0
if sleepers > 0 then
  redis.call('HLEN', lanes)
  leased = redis.call('ZCARD', leases)
end
if specials > 0 then
  redis.call('HLEN', ids)
  redis.call('ZCARD', ended)
  redis.call('HLEN', results)
  redis.call('ZCARD', dead)
end
local levels = levelsLost and waiting == 0 and '' or m[3]
local usedNow = {}
for i = 1, count do
  local level = string.byte(ARGV[first + i - 1], 1)
  if not level or level < 48 or level > 57 then return redis.error_reply('MQARGS a level is not 0-9') end
  if not usedNow[level] then
    usedNow[level] = true
    redis.call('LLEN', KEYS[READY + level - 48])
    redis.call('ZCARD', KEYS[LATER + level - 48])
  end
end
if capacity then
  waiting = waiting - redis.call('ZCARD', leases)
  for level = 0, 9 do waiting = waiting - redis.call('ZCARD', KEYS[LATER + level]) end
  redis.call('ZCARD', room)
end
local claimableBefore = m[14] and claimableAt()

keptCount = redis.call('HLEN', results)
oldestRun = redis.call('LRANGE', order, 0, 0)[1]
redis.call('HLEN', places)
redis.call('HLEN', busy)
redis.call('ZCARD', keyed)
redis.call('ZCARD', ring)
redis.call('ZCARD', paced)
redis.call('HLEN', flow.kin)
redis.call('ZCARD', flow.edges)
redis.call('ZCARD', flow.chores)
redis.call('ZCARD', dead)
redis.call('ZCARD', ended)
redis.call('LLEN', suspects)
for level = 0, 9 do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end
for _, key in ipairs({ ids, graves, runs, crashes, failures, notes, waiters }) do redis.call('HLEN', key) end

local appendEnds
do
  local text = endBounds ~= '' and endBounds or m[13] or ''
  local age, mostCount, mostBytes, factor, expiry, topic = string.match(text, '^([%d-]+) ([%d-]+) ([%d-]+) (%d+) (%d+) (.+)$')
  local function isBound(text) return text == '-' or (string.find(text, '^[1-9]%d*$') and #text < 17) end
  if topic and isBound(age) and isBound(mostCount) and isBound(mostBytes) and isBound(factor) and #expiry < 17 then
    local seq, log, readers = outcomeKeys.seq, outcomeKeys.log, outcomeKeys.readers
    local floors, alive, bells = outcomeKeys.floors, outcomeKeys.alive, outcomeKeys.bells
    local maxAge, maxCount, maxBytes = tonumber(age), tonumber(mostCount), tonumber(mostBytes)
    local unreadFactor, expires = tonumber(factor), tonumber(expiry)
    local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
    local function whole16(number) return string.format('%.0f', number) end
    ends = {}
    local known = redis.call('HMGET', seq, 'epoch', 'n', 'run', 'at', 'bytes', 'epochs', 'layout', 'largest')

    do
      local stored = known[7]
      if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
        return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
      end
    end
    local length = redis.call('XLEN', log)
    local slowest = redis.call('ZRANGE', readers, 0, 0, 'WITHSCORES')
    redis.call('HLEN', floors)
    local silent = redis.call('ZRANGEBYSCORE', alive, '-inf', '(' .. whole16(now - expires), 'LIMIT', 0, 1)
    local rings = redis.call('HLEN', bells) > 0
    appendEnds = function()
      local count = #ends
      if count == 0 then return end
      -- What somebody else wrote counts as missing; the log itself shows where it ends.
      local epoch, n, at = digits(known[1]), tonumber(digits(known[2]) or ''), tonumber(digits(known[4]) or '')
      local bytes = tonumber(digits(known[5]) or '') or 0
      if length > 0 and not (n and at) then
        local function ownNumber(entry)
          local s, fields = digits(string.match(entry[1], '%-(%d+)$')), entry[2]
          return s and fields[1] == 'm' and string.match(fields[2], '^%d+ %d+ (%d+) ') == s and tonumber(s) or nil
        end

        local function endOfLog()
          local ms
          for _, count in ipairs({ 1, 64 }) do
            local some = redis.call('XREVRANGE', log, '+', '-', 'COUNT', count)
            ms = some[1] and tonumber(string.match(some[1][1], '^%d+'))
            for i = 1, #some do
              if ownNumber(some[i]) then return ms, ownNumber(some[i]) end
            end
          end
          return ms
        end
        at, n = endOfLog()
      end
      if not epoch or not n or (run ~= '' and known[3] and known[3] ~= run) then
        epoch = whole16(time[1] * 1000000 + time[2])
      end
      n, at = n or 0, math.max(now, at or 0)
      local function keep(i)
        local number = whole16(n + i)
        local id = whole16(at) .. '-' .. number
        return redis.pcall('XADD', log, id, 'm', whole16(bytes) .. ' ' .. epoch .. ' ' .. number .. ' ' .. ends[i]), id
      end
      local function appendFirst()
        local kept, id = keep(1)
        if type(kept) == 'table' and kept.err then
          -- Somebody else wrote to it, or the numbers were lost: on in the ms after its last id, and from its last message.
          local function ownNumber(entry)
            local s, fields = digits(string.match(entry[1], '%-(%d+)$')), entry[2]
            return s and fields[1] == 'm' and string.match(fields[2], '^%d+ %d+ (%d+) ') == s and tonumber(s) or nil
          end

          local function endOfLog()
            local ms
            for _, count in ipairs({ 1, 64 }) do
              local some = redis.call('XREVRANGE', log, '+', '-', 'COUNT', count)
              ms = some[1] and tonumber(string.match(some[1][1], '^%d+'))
              for i = 1, #some do
                if ownNumber(some[i]) then return ms, ownNumber(some[i]) end
              end
            end
            return ms
          end
          local about = redis.call('XINFO', 'STREAM', log)
          for i = 1, #about, 2 do
            if about[i] == 'last-generated-id' then at = math.max(at, tonumber(string.match(about[i + 1], '^%d+')) + 1) end
          end
          local _, last = endOfLog()
          n = math.max(n, last or 0)
          kept, id = keep(1)
          if type(kept) == 'table' and kept.err then return kept end
        end
        return nil, id
      end
      if appendFirst() then
        foreign = foreign + count
        return
      end
      local first, largest = whole16(n + 1), 0
      for i = 1, count do
        if i > 1 then keep(i) end
        local size = #ends[i]
        bytes = bytes + size
        if size > largest then largest = size end
      end
      redis.pcall('PUBLISH', topic, epoch .. ' ' .. first .. ' ' .. table.concat(endUnits, ',') .. '\n' .. table.concat(ends))
      n, length = n + count, length + count

      local epochs = known[6] or ''
      if string.match(epochs, '(%d+):%d+$') ~= epoch then
        epochs = (epochs ~= '' and epochs .. ',' or '') .. epoch .. ':' .. first
        local _, commas = string.gsub(epochs, ',', ',')
        if commas >= 16 then epochs = string.match(epochs, ',(.*)$') end
      end
      local newest = whole16(n)
      if epoch == known[1] and epochs == known[6] and known[3] == run then
        redis.call('HSET', seq, 'n', newest, 'at', whole16(at), 'bytes', whole16(bytes))
      else
        redis.call('HSET', seq, 'epoch', epoch, 'n', newest, 'run', run, 'at', whole16(at), 'bytes', whole16(bytes), 'epochs', epochs)
      end
      -- Of all that is in the log; nothing, where a version that did not note it wrote some of them.
      local largestBefore = digits(known[8])
      if length == count or (largestBefore and largest > tonumber(largestBefore)) then redis.call('HSET', seq, 'largest', largest) end
      if not known[7] then redis.call('HSET', seq, 'layout', 2) end
      -- Drop, first in whole nodes; what is left then is less than a node.
      local function drop(rule, limit)
        local dropped = redis.pcall('XTRIM', log, rule, '~', limit, 'LIMIT', 2000)
        if type(dropped) == 'number' and dropped < 1000 then redis.pcall('XTRIM', log, rule, '=', limit) end
      end
      local oldest = (maxAge or maxBytes) and redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
      local most, mostUnread = maxCount or math.huge, (maxCount or math.huge) * unreadFactor
      if maxBytes and oldest then
        local total = bytes - (tonumber(string.match(oldest[2][2], '^(%d+) ')) or bytes)
        if total > maxBytes then most = math.min(most, math.max(1, math.floor(length * maxBytes / total))) end
        if total > maxBytes * unreadFactor then
          mostUnread = math.min(mostUnread, math.max(1, math.floor(length * maxBytes * unreadFactor / total)))
        end
      end
      -- The last that all groups were given.
      local floorMs, floorN
      local function readFloor()
        if not slowest[1] or floorMs then return end
        floorMs, floorN = string.match(redis.call('HGET', floors, slowest[1]) or '', '^(%d+)%-(%d+)$')
        floorMs, floorN = tonumber(digits(floorMs) or '') or 0, tonumber(digits(floorN) or '') or 0
      end
      if length > most then
        if not slowest[1] or n - slowest[2] <= most then
          drop('MAXLEN', whole16(most))
        else
          readFloor()
          drop('MINID', whole16(floorMs) .. '-' .. whole16(floorN + 1))
          if length > mostUnread then drop('MAXLEN', whole16(mostUnread)) end
        end
      end
      local oldestMs = maxAge and oldest and tonumber(string.match(oldest[1], '^%d+'))
      if oldestMs and oldestMs < now - maxAge then
        readFloor()
        if not floorMs or floorMs >= now - maxAge then
          drop('MINID', whole16(now - maxAge) .. '-0')
        else
          drop('MINID', whole16(floorMs) .. '-' .. whole16(floorN + 1))
          if floorMs < now - maxAge * unreadFactor then drop('MINID', whole16(math.max(0, now - maxAge * unreadFactor)) .. '-0') end
        end
      end
      -- Wake. Hints are worth no failure.
      if rings then
        local queue, outcomes = string.match(seq, '{(.-)}(.-):seq$')
        local rung, groups = redis.call('HRANDFIELD', bells, 64, 'WITHVALUES'), {}
        for i = 1, #rung, 2 do
          groups[#groups + 1] = rung[i]
          for topic in string.gmatch(rung[i + 1], '[^,]+') do
            local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, 'w' .. queue .. outcomes .. '/' .. rung[i])
            if type(heard) == 'number' and heard > 0 then break end
          end
        end
        redis.call('HDEL', bells, unpack(groups))
      end
      return silent[1] and expiry .. ' ' .. silent[1]
    end
  end
end

-- ## What becomes of each task

-- Nil (accepted), or a receipt.
local fate, delays, owned, orphans = {}, {}, {}, {}
local displaces = false
local refused, full, special = 0, false, specials > 0 or capacity ~= nil or seals or m[16]
local takenOver, home = {}, nil
local replaced, succeeds, superseded, owner, windowOf = {}, {}, {}, {}, {}
if specials > 0 then
  forgetIds(2 * specials)
  local inBatch = {}
  local stored, seen = #asked > 0 and redis.call('HMGET', ids, unpack(asked)), 0
  for at = SPECIALS, first - 1, 4 do
    local i, delay, id, how = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
    local replaces, window = string.match(how, '^(r?)(%d*)')
    replaces, window = replaces == 'r', tonumber(window)
    if delay > 0 then delays[i] = delay end
    if id ~= '' then
      local record = ARGV[first + i - 1]
      seen = seen + 1
      local n, knownDigest = string.match(stored[seen] or '', '^(%d+)|(.*)$')
      -- A key of a deduplication stands for a task whatever its payload, until its window ends.
      local digest = window and '~' or redis.sha1hex(string.sub(record, (string.find(record, '\n', 1, true) or 0) + 1))
      if window and n then
        if string.byte(knownDigest) == 126 then windowOf[id] = n end
        local opened = tonumber(string.match(knownDigest, '^~(%d+)$'))
        if opened and opened > now then knownDigest = '~' else n = nil end
      end
      if inBatch[id] then
        n = nil
      elseif n and replaces then
        local old = placeOf(n)
        if old ~= 'running' then
          replaced[i] = old
          if not old then takenOver[i] = id end
          n = nil
        else
          knownDigest = ''
        end
      elseif n and not window and redis.call('HEXISTS', tasks, n) == 0 then
        local place = n .. '|' .. id
        local endedAt = tonumber(redis.call('ZSCORE', ended, place) or nil)
        -- Its task is gone and nobody said how: from now on it is an ended one.
        if not endedAt then orphans[#orphans + 1] = place end
        -- Free, although those who forget have not come to it: many others are looked at before it.
        if endedAt and now - endedAt >= 60000 and not isKept(n) then n = nil end
      end
      if n then
        fate[i] = (knownDigest == digest and 'e' or 'c') .. n
        if knownDigest ~= digest then refused = refused + 1 end
      elseif inBatch[id] and not replaces then
        fate[i] = { inBatch[id], digest }
      else
        succeeds[i] = inBatch[id]
        inBatch[id] = i
        owned[i] = { id, digest, window = window }
      end
    end
  end
  for _, same in pairs(fate) do
    if type(same) == 'table' and owned[same[1]][2] ~= same[2] then refused = refused + 1 end
  end
end
if seals or m[16] then
  home = { strayed = {} }

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
  local isHere, named, here = {}, 0, 0
  for i = 1, count do
    isHere[i] = type(fate[i]) == 'string' or replaced[i]
    local id = keyOfTask[i] and keyOfTask[i][1]
    if id and isLive(id) then
      isHere[i] = true
    elseif id and replaced[i] then
      -- It takes the place of another one, and its key has no home here.
      home.strayed[id] = true
    end
    if fate[i] or owned[i] or keyOfTask[i] then
      named = named + 1
      if type(fate[i]) == 'table' then isHere[i] = isHere[fate[i][1]] end
      if isHere[i] then here = here + 1 end
    end
  end
  local areAllHere = atomic and named > 0 and here == named
  for i = 1, count do
    if not isHere[i] and not areAllHere then
      fate[i] = 'm'
      refused = refused + 1
    end
  end
end
if (capacity or isBounded) and not displaces then
  local free = (capacity or math.huge) - waiting
  local roomOf = {}
  local function hasKeyRoom(i, before)
    local its = keyOfTask[i]
    if not its or not its[3] then return true end
    local id = its[1]
    if before and not fate[before] and not delays[before] and keyOfTask[before] and keyOfTask[before][1] == id then return true end
    local place = replaced[i] and replaced[i].waits and redis.call('HGET', places, replaced[i].n)
    if place and readPlace(place) == id and redis.call('ZSCORE', keyed, place) then return true end
    roomOf[id] = roomOf[id] or its[3] - redis.call('ZLEXCOUNT', keyed, '[' .. id, '(' .. id .. ':')
    if roomOf[id] < 1 then return false end
    roomOf[id] = roomOf[id] - 1
    return true
  end
  for i = 1, count do
    -- Whoever takes another's place needs none of its own. Who found no room replaced nothing, and leaves it to the next of the batch.
    local before = succeeds[i]
    if before and fate[before] then
      replaced[i], before = replaced[before], succeeds[before]
      succeeds[i] = before
    end
    local hasPlace = before and not fate[before] and not delays[before] or replaced[i] and replaced[i].waits
    if not fate[i] and not delays[i] then
      if not hasPlace and free < 1 then
        fate[i] = 'f'
      elseif not hasKeyRoom(i, before) then
        fate[i] = 'k'
      elseif not hasPlace then
        free = free - 1
      end
      if fate[i] then
        full = true
        refused = refused + 1
      end
    end
  end
end
if refused > 0 and atomic then
  for i = 1, count do
    local conflict = type(fate[i]) == 'string' and string.byte(fate[i]) == 99
    if type(fate[i]) == 'table' and owned[fate[i][1]][2] ~= fate[i][2] then conflict = true fate[i] = 'c0' end
    if not conflict and fate[i] ~= 'k' and fate[i] ~= 'm' then fate[i] = 'f' end
  end
end
for i, before in pairs(succeeds) do if not fate[i] then superseded[before] = true end end

-- ## Write
if home then
  if not m[16] then redis.call('HSET', meta, 'layout', 2, 'sealed', string.format('%.0f', now)) end
  if home.looked then redis.call('HSET', meta, 'looked', 1) end
  for id in pairs(home.strayed) do redis.call('HSET', meta, 'away:' .. id, 1) end
  local isElsewhere = true
  for i = 1, atomic and count or 0 do isElsewhere = isElsewhere and fate[i] == 'm' end
  for i, id in pairs(takenOver) do
    if fate[i] == 'm' and isElsewhere then redis.call('HDEL', ids, id) end
  end
end
for i = 1, #orphans do redis.call('ZADD', ended, now, orphans[i]) end

local n = math.max(tonumber(m[2]) or 0, time[1] * 1000000 + time[2])
if count >= 10 then n = n - n % 10 + 9 end
local DIGITS, tens = { [0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' }, nil
local function numberOf(i)
  if count < 10 then return string.format('%.0f', n + i) end
  local digit = (i - 1) % 10
  if digit == 0 then tens = string.format('%.0f', (n + i) / 10) end
  return tens .. DIGITS[digit]
end
local base, accepted, stamp = n, 0, string.format('%013.0f', now)
local records, ready, later, receipts, large = {}, {}, {}, {}, false

local over, itsRecords, outcomes, kept = {}, {}, {}, {}
local ending = '|K|' .. string.format('%.0f', now) .. '|replaced'
for i = 1, count do
  local old = not fate[i] and replaced[i]
  if old then
    over[#over + 1] = old.n
    itsRecords[#over] = old.record
    outcomes[#over] = old.n .. ending
    kept[#kept + 1] = old.n
    kept[#kept + 1] = old.n .. ending
    local level = old.level
    local isKeyed = leaveKey(old.n, old.waits and 'waiting' or 'delayed')
    if not old.waits then
      redis.call('ZREM', KEYS[LATER + level], old.n)
    elseif not isKeyed then
      takeOut(level, old.n)
    end
  end
end
if #over > 0 then leave(over, itsRecords, outcomes) end
if special then
  for i = 1, count do
    if not fate[i] then
      accepted = accepted + 1
      local number = numberOf(accepted)
      local record = ARGV[first + i - 1]
      if not superseded[i] then
        if #record > 4096 then large = true end
        local level = string.byte(record, 1) - 48
        records[#records + 1] = number
        records[#records + 1] = stamp .. record
        if families[i] then
          local head, parents = string.match(families[i], '^(%a %d+ %d+ %d+);(.*)$')
          for _, text in ipairs({ number, head .. ' 0 -1', 'f' .. number, parents, '!c' .. number, '0|' }) do newKin[#newKin + 1] = text end
          if owned[i] and string.find(owned[i][1], '^[^~]') then newKinIds[#newKinIds + 1], newKinIds[#newKinIds + 2] = 'i' .. number, owned[i][1] end
          newChores[#newChores + 1] = now + 5000
          newChores[#newChores + 1] = 'c' .. number
        end
        local its = keyOfTask[i]
        if its then
          local place = placeIn(its[1], level, '1', number, number, its[2])
          newPlaces[#newPlaces + 1] = number
          newPlaces[#newPlaces + 1] = place
          if not delays[i] then
            standing[#standing + 1] = 0
            standing[#standing + 1] = place
            doubted[its[1]] = true
          end
        end
        if not its or delays[i] then
        local lists = delays[i] and later or ready
        local list = lists[level]
        if not list then list = {} lists[level] = list end
        if delays[i] then list[#list + 1] = now + delays[i] end
        list[#list + 1] = number
        end
      end
      receipts[i] = 'a' .. number
      if owned[i] then
        owned[i][3] = number
        owner[owned[i][1]] = owned[i]
      end
      if superseded[i] then
            kept[#kept + 1] = number
            kept[#kept + 1] = number .. ending
            local own = owned[i][1]
            addEnd(string.sub(own, 1, 1) ~= '~' and own, number .. ending)
          end
    end
  end
else
  -- All are accepted, and nothing is asked of one: what each costs here is most of what an enqueue costs.
  accepted = count
  local level, list, size
  for i = 1, count do
    local number, record = numberOf(i), ARGV[first + i - 1]
    if #record > 4096 then large = true end
    records[2 * i - 1] = number
    records[2 * i] = stamp .. record
    local its = string.byte(record, 1) - 48
    if its ~= level then
      level, list = its, ready[its]
      if not list then list = {} ready[its] = list end
      size = #list
    end
    size = size + 1
    list[size] = number
  end
end
n = n + accepted
if specials > 0 then
  local function noteIds(owner, windowOf)
    local known, windows, past = {}, {}, {}
    for id, own in pairs(owner) do
      local number, window = own[3], own.window
      known[#known + 1] = id
      known[#known + 1] = number .. '|' .. own[2] .. (window and string.format('%.0f', now + window) or '')
      if window then
        windows[#windows + 1] = string.format('%.0f', now + window - 60000)
        windows[#windows + 1] = number .. '|' .. id
        if windowOf[id] then past[#past + 1] = windowOf[id] .. '|' .. id end
      end
    end
    if #known > 0 then redis.call('HSET', ids, unpack(known)) end
    if #past > 0 then redis.call('ZREM', ended, unpack(past)) end
    if #windows > 0 then redis.call('ZADD', ended, unpack(windows)) end
  end
  noteIds(owner, windowOf)
end
for i, same in pairs(fate) do
  if type(same) == 'table' then
    local original = owned[same[1]]
    fate[i] = original[3] and ((original[2] == same[2] and 'e' or 'c') .. original[3]) or 'f'
  end
end
-- ## Answer
local answer
if special then
  for i = 1, count do receipts[i] = receipts[i] or fate[i] end
  answer = table.concat(receipts, ',')
else
  answer = 'A' .. string.format('%.0f', base + 1)
end

-- ## Write what was accepted, and wake somebody
if endBounds ~= '' and endBounds ~= m[13] and (m[1] or accepted > 0) then redis.call('HSET', meta, 'outcomes', endBounds) end
if accepted > 0 then
  -- The only one, and nobody waits before it: a worker that sleeps may get it with its hint.
  local topic, worker, leaseMs, lease, fence
  if sleepers > 0 and not m[14] and #records == 2 and ready[string.byte(records[2], 14) - 48] and not m[6] and #records[2] <= 4111 then
    local function findGrantee()
      local next = redis.call('ZREVRANGE', idle, 0, 0, 'WITHSCORES')
      local topic, leaseMs, worker = string.match(next[1] or '', '^(.*)|(%d+)!(.*)$')
      if not topic or tonumber(next[2]) % 1 ~= 0.5 then return nil end
      if now - tonumber(next[2]) > 15000 then return nil end
      if leased > 0 then
        local away = now - (tonumber(m[4]) or 0)
        if away < -1000 or away > math.max(5000, leaseMs / 2) then return nil end
        if tonumber(redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]) <= now then return nil end
      end
      for at = 1, wasEmpty and 0 or #m[3] do
        local level = string.byte(m[3], at) - 48
        if redis.call('LLEN', KEYS[READY + level]) > 0 then return nil end
        local due = redis.call('ZRANGE', KEYS[LATER + level], 0, 0, 'WITHSCORES')[2]
        if due and tonumber(due) <= now then return nil end
      end
      local listeners = redis.pcall('PUBSUB', string.find(topic, '}:hints:', 1, true) and 'SHARDNUMSUB' or 'NUMSUB', topic)
      if not (tonumber(listeners[2]) and tonumber(listeners[2]) > 0) then return nil end
      redis.call('ZREM', idle, next[1])
      return topic, worker, math.min(tonumber(leaseMs), 10000)
    end
    topic, worker, leaseMs = findGrantee()
  end
  if topic then
    fence = string.format('%.0f', math.max(tonumber(m[5]) or 0, time[1] * 1000000 + time[2]) + 1)
    lease = records[1] .. '#0'
    local letter = 'g' .. string.match(meta, '{(.-)}') .. '\n' .. worker .. '|' .. lease .. '|' .. fence .. '\n' .. records[2]
    -- Where an ACL forbids the topic nothing was sent, and the task waits as others do.
    if type(redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter)) ~= 'number' then topic = nil end
  end
  local more = topic and { 'fence', fence, 'seen', stamp } or {}
  -- Descending, as they are claimed.
  local used, areKnown = '', m[1] and not levelsLost
  for level in pairs(usedNow) do areKnown = areKnown and string.find(levels, string.char(level), 1, true) end
  for at = 2, #levels do areKnown = areKnown and string.byte(levels, at) < string.byte(levels, at - 1) end
  if areKnown then
    redis.call('HSET', meta, 'n', string.format('%.0f', n), unpack(more))
  else
    for level = 9, 0, -1 do
      if usedNow[level + 48] or string.find(levels, level, 1, true) then used = used .. level end
    end
    redis.call('HSET', meta, 'layout', 2, 'n', string.format('%.0f', n), 'levels', used, unpack(more))
  end
  if large and not m[7] then redis.call('HSET', meta, 'large', 1) end
  if m[7] and not large and wasEmpty then redis.call('HDEL', meta, 'large') end
  redis.call('HSET', tasks, unpack(records))
  local comes, isDueSooner, isServable = false, false, false
  if #newPlaces > 0 then
    redis.call('HSET', places, unpack(newPlaces))
    if #standing > 0 then redis.call('ZADD', keyed, unpack(standing)) end
    if not hasKeys then
      hasKeys = true
      redis.call('HSET', meta, 'shared', string.match(m[14] or '', '^%d+ ') and string.gsub(m[14], '^(%d+) %S+', '%1 1') or '0 1 - - - - - - - - -')
    end
  end
  isServable = saveKeys()
  if #newKin > 0 then
    redis.call('HSET', flow.kin, unpack(newKin))
    if #newKinIds > 0 then redis.call('HSET', flow.kin, unpack(newKinIds)) end
    redis.call('ZADD', flow.chores, unpack(newChores))
    if not m[15] then
      m[15] = '1'
      redis.call('HSET', meta, 'layout', 2, 'flows', 1)
    end
  end
  if topic then
    redis.call('ZADD', leases, string.format('%.4f', now + leaseMs + 0.0625), lease)
    redis.call('HSET', lanes, worker .. '\n', '0|' .. stamp .. '|' .. lease .. '|' .. fence)
  else
    for level, list in pairs(ready) do
      redis.call('RPUSH', KEYS[READY + level], unpack(list))
      comes = true
    end
  end
  for level, list in pairs(later) do
    redis.call('ZADD', KEYS[LATER + level], unpack(list))
    -- An idle worker sleeps until the earliest it knows of; hint at it if that is now one of these.
    local earliest = redis.call('ZRANGE', KEYS[LATER + level], 0, 0)[1]
    for k = 2, #list, 2 do if list[k] == earliest and list[k - 1] < 4000000000000000 then isDueSooner = true end end
  end

  if #kept > 0 then
    keepOutcomes(kept)
    addTotals(5, #kept / 2)
  end
  if ends then appendEnds() end
  reportLater(0)  if m[6] then
    comes, isDueSooner = false, false
  elseif hasKeys or m[14] then
    comes = isSooner(claimableBefore, comes or isServable)
  end
  comes = comes or flow.added
  if isDueSooner or comes then
    local function wake()
      for _ = 1, 64 do
        local w = redis.call('ZPOPMAX', idle)
        if not w[1] then return end
        local topic = string.match(w[1], '^(.*)|')
        if topic and tell(topic, 'w') > 0 then return end
      end
    end
    wake()
  end
end
-- ## Who found no room, and what a repetition is answered
if full and roomTopic ~= '' then
  local gone = redis.call('ZRANGEBYSCORE', room, '-inf', now - 10000, 'LIMIT', 0, 1000)
  if #gone > 0 then redis.call('ZREM', room, unpack(gone)) end
  redis.call('ZADD', room, now, roomTopic)
end
redis.call('HSET', producers, lane, string.format('%.0f|', seq) .. stamp .. '|' .. answer)
if not last then
  local function forgetLanes(key)
    if redis.call('HLEN', key) < 64 then return end
    local some = redis.call('HRANDFIELD', key, 8, 'WITHVALUES')
    for i = 1, #some, 2 do
      local at = tonumber(string.match(some[i + 1], '^%d+|(%d+)|'))
      if not at or now - at > 3600000 then redis.call('HDEL', key, some[i]) end
    end
  end
  forgetLanes(producers)
end
return answer
