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
local results = KEYS[31]
local order = KEYS[32]
local dead = KEYS[33]
local idle = KEYS[34]
local waiters = KEYS[35]
local room = KEYS[36]
local notes = KEYS[37]
local keyed = KEYS[38]
local ring = KEYS[39]
local paced = KEYS[40]
local busy = KEYS[41]
local places = KEYS[42]
local flow = { kin = KEYS[43], edges = KEYS[44], chores = KEYS[45] }
local outcomeKeys = { seq = KEYS[46], log = KEYS[47], readers = KEYS[48], floors = KEYS[49], alive = KEYS[50], bells = KEYS[51] }

local state, reason, limit, run = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local isWaiting = state == 'waiting'
if not (isWaiting or state == 'delayed') or not (limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then
  return redis.error_reply('MQARGS a purge is not right')
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

local function passBy(level, ns)
  local marks, kept, left = {}, {}, {}
  for i = 1, #ns do marks[i] = level .. '|' .. ns[i] end
  local counts = redis.call('HMGET', moved, unpack(marks))
  for i = 1, #ns do
    local count = left[marks[i]] or whole(counts[i])
    if count > 0 then
      left[marks[i]] = count - 1
    else
      kept[#kept + 1] = ns[i]
    end
  end
  for mark, count in pairs(left) do
    if count > 0 then redis.call('HSET', moved, mark, count) else redis.call('HDEL', moved, mark) end
  end
  if #kept < #ns and redis.call('EXISTS', moved) == 0 then redis.call('HDEL', meta, 'moved') end
  return kept
end

local function fitting(ns, most, hasSome)
  for i = 1, #ns do
    local size = redis.call('HSTRLEN', tasks, ns[i])
    if size > most and hasSome then return i - 1 end
    if size > 0 then hasSome = true end
    most = most - size
  end
  return #ns
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

local foreign = 0

local function skip(missing, strange)
  local left = missing > 0 and amount(redis.call('HGET', meta, 'left')) or 0
  local ours = math.min(left, missing)
  if ours > 0 then redis.call('HSET', meta, 'left', string.format('%.0f', left - ours)) end
  foreign = foreign + missing - ours + strange
end

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

local function ownIdOf(record)
  local header = string.match(string.sub(record, 15), '^([^\n]+)\n')
  local readable, parsed = pcall(cjson.decode, header or '{}')
  return readable and type(parsed) == 'table' and type(parsed.id) == 'string' and parsed.id or nil
end

local function tellEnd(topics, outcome)
  for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'e', outcome) end
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

local function standingIn(ns)
  for i = 1, #ns do
    local stands = ns[i]
    local id, _, _, n = readPlace(stands)
    local place = n and redis.call('HGET', places, n)
    local isTask = n and redis.call('HEXISTS', tasks, n) == 1
    ns[i] = isTask and (place == stands or not place) and n or ''
    if ns[i] == '' or not place then
      redis.call('ZREM', keyed, stands)
      if place == stands then redis.call('HDEL', places, n) end
      if id then doubted[id] = true end
    end
  end
  return ns
end
local function firstKeyed(most) return standingIn(redis.call('ZRANGE', keyed, 0, most - 1)) end

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

for _, key in ipairs({ tasks, runs, crashes, failures, ids, results, waiters, notes, moved }) do redis.call('HLEN', key) end
for _, key in ipairs({ ended, dead, room }) do redis.call('ZCARD', key) end
redis.call('LLEN', suspects)
redis.call('ZCARD', idle)
redis.call('HLEN', places)
redis.call('HLEN', busy)
redis.call('ZCARD', keyed)
redis.call('ZCARD', ring)
redis.call('ZCARD', paced)
redis.call('HLEN', flow.kin)
redis.call('ZCARD', flow.edges)
redis.call('ZCARD', flow.chores)

keptCount = redis.call('HLEN', results)
oldestRun = redis.call('LRANGE', order, 0, 0)[1]
for level in string.gmatch(m[3], '%d') do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end

local appendEnds
do
  local text = '' ~= '' and '' or m[13] or ''
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

local claimableBefore = m[14] and claimableAt()
local bytes, changed, missing, strange, passed, isCut = 0, 0, 0, 0, 0, false
-- As many as are few bytes together.
local function fittingOf(ns)
  local fit = fitting(ns, 4194304 - bytes, bytes > 0)
  isCut = fit < #ns
  return fit
end
local function takeFrom(key, most)
  local ns = redis.call('LPOP', key, most) or {}
  for back = #ns, fittingOf(ns) + 1, -1 do
    redis.call('LPUSH', key, ns[back])
    ns[back] = nil
  end
  return ns
end
-- Those with a key, in the order in which they are stored.
local function takeKeyed(most)
  local ns = firstKeyed(most)
  for i = #ns, fittingOf(ns) + 1, -1 do ns[i] = nil end
  return ns
end
local function take(level, most)
  if level == 'keyed' then return takeKeyed(most) end
  if not level then return takeFrom(suspects, most) end
  if isWaiting then
    local ns = takeFrom(KEYS[READY + level], most)
    while m[11] and #ns > 0 do
      local kept = passBy(level, ns)
      passed = passed + #ns - #kept
      if #kept > 0 or passed >= 20000 then return kept end
      ns = takeFrom(KEYS[READY + level], most)
    end
    return ns
  end
  local ns = redis.call('ZRANGE', KEYS[LATER + level], 0, most - 1)
  for i = #ns, fittingOf(ns) + 1, -1 do ns[i] = nil end
  if #ns > 0 then redis.call('ZREM', KEYS[LATER + level], unpack(ns)) end
  return ns
end

local ending = '|K|' .. string.format('%.0f', now) .. '|' .. reason
local function purge(level)
  while changed < limit and missing + strange < 20000 and not isCut do
    local ns = take(level, limit - changed)
    if #ns == 0 then break end
    local found = redis.call('HMGET', tasks, unpack(ns))
    local over, records, outcomes, kept = {}, {}, {}, {}
    for i = 1, #ns do
      if not string.find(ns[i], '^%d+$') then
        strange = strange + 1
      elseif not found[i] then
        missing = missing + 1
      else
        over[#over + 1] = ns[i]
        records[#over] = found[i]
        bytes = bytes + #found[i]
        outcomes[#over] = ns[i] .. ending
        kept[2 * #over - 1] = ns[i]
        kept[2 * #over] = outcomes[#over]
      end
    end
    if #over > 0 then
      keepOutcomes(kept)
      for i = 1, m[14] and #over or 0 do leaveKey(over[i], isWaiting and 'waiting' or 'delayed') end
      leave(over, records, outcomes)
    end
    changed = changed + #over
  end
end
for digit in string.gmatch(string.reverse(m[3]), '%d') do purge(tonumber(digit)) end
if isWaiting then
  purge(nil)
  if m[14] then purge('keyed') end
end
saveKeys()
if changed > 0 then addTotals(5, changed) end
if ends then appendEnds() end
skip(missing, strange)
reportLater(0)
if isWaiting and changed > 0 then tellRoom(changed) end
-- A delayed task, or one that was set aside, may have held its key.
if flow.added or (m[14] and changed > 0 and isSooner(claimableBefore)) then
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
if isWaiting and (redis.call('LLEN', suspects) > 0 or redis.call('ZCARD', keyed) > 0) then return { changed, 1 } end
for level in string.gmatch(m[3], '%d') do
  local left = isWaiting and redis.call('LLEN', KEYS[READY + level]) or redis.call('ZCARD', KEYS[LATER + level])
  if left > 0 then return { changed, 1 } end
end
return { changed, 0 }
