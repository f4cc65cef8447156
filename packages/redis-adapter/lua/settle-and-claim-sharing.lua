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

local lane, seq, isRepeat, want, maxBytes, leaseMs, keep, bounds, topic, isLast, suspectFrom, grants, granted, ownedCount, count = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1', ARGV[8], ARGV[9], ARGV[10] == '1', tonumber(ARGV[11]), ARGV[12], ARGV[13], tonumber(ARGV[14]), tonumber(ARGV[15])
local endBounds, run = ARGV[16], ARGV[17]
local units = ARGV[18]
local defined = ARGV[19]
if not (seq and want and maxBytes and leaseMs and ownedCount and count) or not (want >= 0 and want <= 1000 and want % 1 == 0)
  or not (leaseMs >= 1 and leaseMs <= 86400000) or not (count >= 0 and count <= 1000)
  or #ARGV ~= 19 + 2 * count + 2 * ownedCount then
  return redis.error_reply('MQARGS a turn is not right')
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

flow.left = function(ms)
  local free = m[15] and tonumber(redis.call('ZRANGE', flow.chores, 0, 0, 'WITHSCORES')[2] or nil)
  if not free then return 0, ms end
  local isSlow = free >= 2000000000000000
  if isSlow then free = free - 2000000000000000 end
  if free <= now then return 4, ms end
  if isSlow then return 0, ms end
  free = math.min(5000, math.ceil(free - now))
  return 0, ms >= 0 and math.min(ms, free) or free
end

for i = 1, count do
  local place = 19 + count + i
  local size, from = string.match(ARGV[place], '^N(%d+)|()')
  if size then
    flow.nexts = flow.nexts or {}
    flow.nexts[i] = string.sub(ARGV[place], from, from + size - 1)
    ARGV[place] = string.sub(ARGV[place], from + size)
    if not string.find(ARGV[place], '^O?[Cc]') then return redis.error_reply('MQARGS only what is completed has a next') end
  end
end

local worker = string.match(lane, '^[^.]*')
local sleeper = topic ~= '' and topic .. '|' .. (grants ~= '' and leaseMs .. '!' or '') .. worker
local sleeperAt = grants == '1' and now + 0.5 or now
local previous, given
if grants == '' then
  previous = redis.call('HGET', lanes, lane)
else
  previous, given = unpack(redis.call('HMGET', lanes, lane, worker .. '\n'))
end
-- What sleeping workers ask again and again: is there anything at all?
if count == 0 and want > 0 and not given and not isRepeat and not isLast and not m[10] and (tonumber(string.match(previous or '0', '^%d+')) or seq) < seq and (endBounds == '' or endBounds == m[13] or not m[1]) and not m[14] and defined == '' then
  local lists = {}
  for at = 1, #m[3] do lists[at] = KEYS[READY + string.byte(m[3], at) - 48] end
  if redis.call('EXISTS', tasks, unpack(lists)) == 0 then
    if sleeper then
      local function sleep(member, at)
        if redis.call('ZADD', idle, at, member) == 0 then return end
        local gone = redis.call('ZRANGEBYSCORE', idle, '-inf', now - 3600000, 'LIMIT', 0, 8)
        if #gone > 0 then redis.call('ZREM', idle, unpack(gone)) end
      end
      sleep(sleeper, sleeperAt)
    end
    local flag, ms = flow.left(-1)
        return { now, '0', ms, '', '', {}, {}, {}, {}, (m[6] and 2 or 0) + flag }
  end
end

-- Read every key that may be written, so that a key of a wrong type fails here.
-- Most queues have none of what few tasks need: one call for seven.
local hasMore = redis.call('EXISTS', runs, crashes, failures, notes, suspects, room, waiters) > 0
local hasRuns, hasFailures, hasRoom = false, false, false
if hasMore then
  hasRuns = redis.call('HLEN', runs) > 0
  hasRoom = redis.call('ZCARD', room) > 0
  redis.call('HLEN', crashes)
  hasFailures = redis.call('HLEN', failures) > 0
  redis.call('HLEN', notes)
  redis.call('LLEN', suspects)
end
if m[11] then redis.call('HLEN', moved) end
redis.call('HLEN', places)
redis.call('HLEN', busy)
redis.call('ZCARD', keyed)
redis.call('ZCARD', ring)
redis.call('ZCARD', paced)
redis.call('HLEN', flow.kin)
redis.call('ZCARD', flow.edges)
redis.call('ZCARD', flow.chores)
local idleCount = redis.call('ZCARD', idle)
redis.call('HLEN', tasks)
redis.call('ZCARD', leases)
local hasDelayed = {}
for at = 1, #m[3] do
  local level = string.byte(m[3], at) - 48
  redis.call('LLEN', KEYS[READY + level])
  hasDelayed[level] = redis.call('ZCARD', KEYS[LATER + level]) > 0
end

-- Of a queue that was obliterated, or never was, nothing is written but who sleeps, what of another program's was dropped, and
-- the number of a repetition (what it overtook must claim nothing) until the lane ends.
local isThere = m[1] or m[4] or redis.call('EXISTS', tasks, leases) > 0


local sentLease, sentFence = string.match(given or '', '^0|%d+|(%d+#%d+)|(%d+)$')
local arrived, again = sentLease and sentLease == granted, nil
local function lookAgain()
  if not sentLease or arrived or isLast or not redis.call('ZSCORE', leases, sentLease) then return end
  local record = redis.call('HGET', tasks, string.match(sentLease, '^%d+'))
  again = record and { sentLease, sentFence, record }
end

local suspectsLeft = false
local function answer(fence, nextDue, stale, taken, records, report)
  local crashed, failed, memos = {}, {}, {}
  if hasRuns and #taken > 0 then
    local ns = {}
    for i = 1, #taken do ns[i] = string.match(taken[i], '^%d+') or '' end
    crashed = redis.call('HMGET', crashes, unpack(ns))
    failed = redis.call('HMGET', failures, unpack(ns))
    for i = 1, #ns do ns[i] = 'm' .. ns[i] end
    memos = redis.call('HMGET', notes, unpack(ns))
  end
  local reply = { now, string.format('%.0f', fence), nextDue, stale, table.concat(taken, ','), records, crashed, failed, memos,
    (suspectsLeft and 1 or 0) + (m[6] and 2 or 0) }
  if report ~= '' then
    local function withReport(reply, text)
      local letters, entries = string.match(text, ';(%d+),(%d+)$')
      reply[#reply + 1], reply[#reply + 2] = tonumber(letters), tonumber(entries)
      return reply
    end
    withReport(reply, report)
  end
  if again then reply[11], reply[12], reply[13] = reply[11] or 0, reply[12] or 0, again end
  return reply
end

if previous then
  local previousSeq, staleBefore, fenceBefore, claimsBefore = string.match(previous, '^(%d+)|%d+|([^|]*)|(%d*)|(.*)$')
  previousSeq = tonumber(previousSeq) or 0
  if previousSeq > seq then return redis.error_reply('MQSTALE a newer turn of this lane was answered') end
  if previousSeq == seq then
    local taken, records = {}, {}
    for lease in string.gmatch(claimsBefore, '[^,]+') do
      local record = redis.call('ZSCORE', leases, lease) and redis.call('HGET', tasks, string.match(lease, '^%d+'))
      taken[#taken + 1] = record and lease or ''
      records[#records + 1] = record or ''
    end
    lookAgain()
    return answer(tonumber(fenceBefore) or 0, -1, string.match(staleBefore, '^[^;]*'), taken, records, staleBefore)
  end
end

local LEASE, ACT = 19, 19 + count
-- C, c, O, R, r, F, B, b, X.
local COMPLETE, COMPLETE_EMPTY, OTHERWISE, RETRY_CHARGED, RETRY = 67, 99, 79, 82, 114
local RELEASE, BURY_CHARGED, BURY, EXPIRE = 70, 66, 98, 88
local buries, expires, differs, completes = false, false, false, true
for i = 1, count do
  local act = ARGV[ACT + i]
  local kind = string.byte(act)
  if kind ~= COMPLETE and kind ~= COMPLETE_EMPTY then completes = false end
  if kind == RETRY_CHARGED or kind == RETRY then
    if not string.find(act, '^%a%d+$') and not string.find(act, '^R%d+|') then return redis.error_reply('MQARGS a delay is not a number') end
  elseif kind == BURY_CHARGED or kind == BURY then
    buries = true
  elseif kind == EXPIRE then
    expires = true
  elseif kind == OTHERWISE and string.find(act, '^O[Cc]') then
    differs = true
  elseif not (kind == COMPLETE or kind == COMPLETE_EMPTY or kind == RELEASE) then
    return redis.error_reply('MQARGS an act is not known')
  end
end

local keptCount, oldestRun

local hasWaiters, hasNotes = false, false
if count > 0 then
  hasWaiters = hasMore and redis.call('HLEN', waiters) > 0
  hasNotes = hasMore and redis.call('HLEN', notes) > 0
  local hasIds = ownedCount > 0
  -- Who forgets an id looks whether its outcome or its grave is kept.
  if keep or expires or differs or hasIds then
    keptCount = redis.call('HLEN', results)
    oldestRun = redis.call('LRANGE', order, 0, 0)[1]
  end
  if buries or hasIds then
    redis.call('ZCARD', dead)
    redis.call('HLEN', graves)
  end
  if hasIds then
    redis.call('HLEN', ids)
    redis.call('ZCARD', ended)
  end
end


local function whole(text)
  return text and string.find(text, '^%d+$') and #text < 10 and tonumber(text) or 0
end

local function bump(key, n)
  redis.call('HSET', key, n, whole(redis.call('HGET', key, n)) + 1)
end

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
end

local given, limits = bounds, nil
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

local function levelOf(record)
  local level = tonumber(string.sub(record, 14, 14))
  if level and string.find(m[3], level, 1, true) then return level end
  return tonumber(string.sub(m[3], 1, 1))
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

local function watch(due)
  local ends = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
  if not ends then return due end
  ends = math.max(0, math.min(4000, math.ceil(tonumber(ends)) - now))
  return due >= 0 and math.min(due, ends) or ends
end

local seen = tonumber(m[4])

do
  local away = seen and now - seen
  local goesBack = away and away < -1000
  local isGap = not away or goesBack or away > math.max(5000, leaseMs / 2)
  if isGap and redis.call('ZCARD', leases) > 0 then
    local since = away and not goesBack and '(' .. string.format('%.0f', seen) or '-inf'
    local till = goesBack and '+inf' or string.format('%.0f', now + 30000)
    local ending, changed = redis.call('ZRANGEBYSCORE', leases, since, till, 'WITHSCORES', 'LIMIT', 0, 100000), {}
    for i = 1, #ending, 2 do
      local deadline = math.floor(ending[i + 1])
      local fraction, left = ending[i + 1] - deadline, away and deadline - seen or 0
      local ends = deadline
      if goesBack then
        -- The clock stepped back: what was left is left, but no less than a lease from now.
        ends = math.min(deadline, math.max(deadline + away, now + leaseMs))
      elseif fraction < 0.5 then
        ends = math.max(deadline, now + math.min(30000, fraction < 0.25 and math.max(left, leaseMs) or left))
        fraction = fraction + 0.25
      end
      if ends ~= deadline then
        changed[#changed + 1] = string.format('%.4f', ends + fraction)
        changed[#changed + 1] = ending[i]
      end
    end
    for i = 1, #changed, 1000 do redis.call('ZADD', leases, unpack(changed, i, math.min(i + 999, #changed))) end
    seen = now
    redis.call('HSET', meta, 'seen', string.format('%.0f', now))
  end
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

local function savePace()
  local text = string.format('%.3f %.0f %.6f %.6f', pace.full, pace.held, pace.virtual, pace.plain) .. (pace.retry ~= '' and ' ' .. pace.retry or '')
  if text ~= pace.before then redis.call('HSET', meta, 'pace', text) end
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

local otherDefined = ''
if defined ~= '' or isUnreadable then
  local stored, override, contested = unpack(redis.call('HMGET', meta, 'defined', 'override', 'contested'))
  local isKnown = stored and (stored == 'off' or limitsIn(stored))
  local isNew = defined ~= '' and not isLast and stored ~= defined and (seq == 1 or not isKnown)
  if isNew then stored = defined elseif defined ~= '' and isKnown and stored ~= defined then otherDefined = stored end
  if otherDefined ~= '' and not isLast then
    -- For who looks: that two definitions disagree, and that workers of both are there.
    local at, text = string.match(contested or '', '^(%d+) (.*)$')
    if text ~= defined or now - (at and #at < 17 and tonumber(at) or 0) > 10000 then
      redis.call('HSET', meta, 'contested', string.format('%.0f ', now) .. defined)
    end
  end
  if isNew or isUnreadable then
    local text = limitsIn(override) and override or limitsIn(stored) and stored or '- - - - - - - - -'
    version, caps = version + 1, limitsIn(text)
    redis.call('HSET', meta, 'layout', 2, 'shared', string.format('%.0f', version) .. (hasKeys and ' 1 ' or ' 0 ') .. text)
    if isNew then redis.call('HSET', meta, 'defined', stored) end
    m[14] = text
    boundPace()
    pace.retry = '0'
  end
end
local claimableBefore = count > 0 and want == 0 and idleCount > 0 and claimableAt()
local stamp = string.format('%.0f', now)

local stale, requeued, deadDropped, completed = {}, false, 0, nil
local silent
local overAt = {}
if count > 0 then
  local members = { unpack(ARGV, LEASE + 1, ACT) }
  local held = redis.call('ZMSCORE', leases, unpack(members))
  local gone, over, once, applied = {}, {}, {}, {}
  local outcomes, kept, back, backActs, graveActs = {}, {}, {}, {}, {}
  local died, failed, retried = 0, 0, 0
  -- Most turns: all complete, and nothing else is asked. What each costs here is a good part of what a task costs.
  local isPlain = completes and ownedCount == 0 and not ends and not m[15] and not flow.nexts
  -- Fewer are removed where one is gone, or named twice: then each is looked at, by what was held before.
  isPlain = isPlain and redis.call('ZREM', leases, unpack(members)) == count
  for i = 1, isPlain and count or 0 do
    local lease = members[i]
    local n = string.byte(lease, -2) == 35 and string.sub(lease, 1, -3) or string.match(lease, '^%d+')
    over[i] = n
    if keep or hasWaiters then
      local act = ARGV[ACT + i]
      local outcome = n .. (string.byte(act) == COMPLETE and '|C|' or '|c|') .. stamp .. '|' .. string.sub(act, 2)
      if hasWaiters then outcomes[i] = outcome end
      if keep then
        kept[2 * i - 1] = n
        kept[2 * i] = outcome
      end
    end
  end
  for i = isPlain and count + 1 or 1, count do
    local lease, act = members[i], ARGV[ACT + i]
    if not held[i] or once[lease] then
      stale[#stale + 1] = i
    else
      gone[#gone + 1] = lease
      once[lease] = true
      applied[i] = true
      local n, kind = string.match(lease, '^%d+'), string.byte(act)
      if kind == RELEASE or kind == RETRY_CHARGED or kind == RETRY then
        back[#back + 1] = n
        backActs[#back] = act
      else
        over[#over + 1] = n
        overAt[#over] = i
        if kind == BURY_CHARGED or kind == BURY then
          graveActs[#graveActs + 1] = n
          graveActs[#graveActs + 1] = act
          if (hasWaiters or ends or m[15] or flow.nexts) then outcomes[#over] = n .. '|D|' .. stamp .. '|' .. string.sub(act, 2) end
        else
          -- Its result is kept where the turn keeps none, or the other way round.
          local isKept = keep
          if kind == OTHERWISE then isKept, act = not keep, string.sub(act, 2) end
          if isKept or (hasWaiters or ends or m[15] or flow.nexts) or kind == EXPIRE then
            local outcome = n .. '|' .. string.sub(act, 1, 1) .. '|' .. stamp .. '|' .. string.sub(act, 2)
            if (hasWaiters or ends or m[15] or flow.nexts) then outcomes[#over] = outcome end
            if isKept or kind == EXPIRE then
              kept[#kept + 1] = n
              kept[#kept + 1] = outcome
            end
          end
        end
      end
    end
  end
  if #graveActs > 0 then
    local function bury(n, charge, reasonAndDetail, log)
      local record = redis.call('HGET', tasks, n)
      if not record then
        foreign = foreign + 1
        return 0
      end
      local failed = whole(redis.call('HGET', failures, n))
      local facts = failed + charge .. '|' .. whole(redis.call('HGET', crashes, n)) .. '|' ..
        whole(redis.call('HGET', runs, n)) .. '|' .. reasonAndDetail
      local errors = failed > 0 and redis.call('HGET', failures, 'e' .. n)
      for _, text in ipairs({ errors or '', log or '' }) do
        if text ~= '' and not string.find(text, '\n', 1, true) then facts = facts .. '\t' .. text end
      end
      redis.call('HSET', graves, n, facts .. '\n' .. record)
      redis.call('ZADD', dead, now, n)
      return #facts + 1 + #record
    end

    local function trimDead(buried)
      local limit = keepLimits()
      local known = redis.call('HMGET', meta, 'deadBytes', 'deadDropped')
      local bytes, dropped = amount(known[1]) + buried, amount(known[2])
      local old = redis.call('ZRANGEBYSCORE', dead, '-inf', now - limit[1], 'LIMIT', 0, 2000)
      local excess = math.min(redis.call('ZCARD', dead) - #old - limit[2], 2000)
      if excess > 0 then
        local oldest = redis.call('ZRANGE', dead, #old, #old + excess - 1)
        for i = 1, #oldest do old[#old + 1] = oldest[i] end
      end
      local function isTooMuch() return bytes > limit[3] and #old < 4000 end
      for i = 1, #old do bytes = bytes - redis.call('HSTRLEN', graves, old[i]) end
      while isTooMuch() do
        local oldest = redis.call('ZRANGE', dead, #old, #old + 9)
        if #oldest == 0 then bytes = 0 end
        for i = 1, #oldest do
          if not isTooMuch() then break end
          old[#old + 1] = oldest[i]
          bytes = bytes - redis.call('HSTRLEN', graves, oldest[i])
        end
      end
      if #old > 0 then
        redis.call('ZREM', dead, unpack(old))
        redis.call('HDEL', graves, unpack(old))
      end
      noteKept('deadBytes', string.format('%.0f', math.max(0, bytes)), 'deadDropped', string.format('%.0f', dropped + #old))
      return #old
    end
    local buried = 0
    for i = 1, #graveActs, 2 do
      local act = graveActs[i + 1]
      local charge = string.byte(act) == BURY_CHARGED and 1 or 0
      local log = hasNotes and redis.call('HGET', notes, 'l' .. graveActs[i])
      local bytes = bury(graveActs[i], charge, string.sub(act, 2), log)
      if bytes > 0 then
        buried, died, failed = buried + bytes, died + 1, failed + charge
      end
    end
    if buried > 0 then deadDropped = trimDead(buried) end
  end
  if #kept > 0 then
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
    keepOutcomes(kept)
  end
  -- Released ones to the head of their levels, in the order in which they were given; others to the end, or later.
  if #back > 0 then
    local found = redis.call('HMGET', tasks, unpack(back))
    local itsPlaces = redis.call('HMGET', places, unpack(back))
    for i = #back, 1, -1 do
      if found[i] and not itsPlaces[i] and string.byte(backActs[i]) == RELEASE then redis.call('LPUSH', KEYS[READY + levelOf(found[i])], back[i]) end
    end
    for i = 1, #back do
      local n, act = back[i], backActs[i]
      -- No record: somebody deleted it. There is nothing to run.
      if not found[i] then
        dropPlace(n, itsPlaces[i])
        foreign = foreign + 1
      else
        local level, kind = levelOf(found[i]), string.byte(act)
        bump(runs, n)
        local id, _, _, _, weight = readPlace(itsPlaces[i])
        local holdFor, scope = string.match(act, '^F(%d+)([qk])$')
        if holdFor and scope == 'k' and id then
          stateOf(id).held = math.max(stateOf(id).held, now + holdFor)
          doubted[id] = true
        elseif holdFor then
          pace.held = math.max(pace.held, now + holdFor)
        end
        if id then
          freed(id)
          local delay = tonumber(string.match(act, '^[Rr](%d+)') or 0)
          if kind == RELEASE or (caps.holds and delay == 0) then
            giveBack(n, id, level, weight)
          elseif delay == 0 then
            standIn(n, placeIn(id, level, '1', newRank(), n, weight))
          else
            redis.call('HSET', places, n, placeIn(id, level, caps.holds and '0' or '1', n, n, weight))
            if caps.holds then hold(id, n, now + delay) end
          end
          doubted[id] = true
        end
        if kind ~= RELEASE then
          retried = retried + 1
          local delay, failure = string.match(act, '^%a(%d+)|?(.*)$')
          delay = tonumber(delay)
          if kind == RETRY_CHARGED then
            failed = failed + 1
            if failure == '' then
              bump(failures, n)
            else
              local before = redis.call('HMGET', failures, n, 'e' .. n)
              local attempt, errors = whole(before[1]) + 1, {}
              for earlier in string.gmatch(before[2] or '', '%d+|%d+|[^\t\n]+') do errors[#errors + 1] = earlier end
              errors[#errors + 1] = stamp .. '|' .. attempt .. '|' .. failure
              redis.call('HSET', failures, n, attempt, 'e' .. n, table.concat(errors, '\t', math.max(1, #errors - 4)))
            end
          end
          if delay > 0 then
            redis.call('ZADD', KEYS[LATER + level], now + delay, n)
          elseif not id then
            redis.call('RPUSH', KEYS[READY + level], n)
          end
        end
      end
    end
    hasRuns, requeued = true, true
  end
  if #over > 0 then
    redis.call('HDEL', tasks, unpack(over))
    local itsPlaces = redis.call('HMGET', places, unpack(over))
    local left, whose = {}, {}
    for i = 1, #over do
      whose[#whose + 1] = readPlace(itsPlaces[i])
      if itsPlaces[i] then left[#left + 1] = over[i] end
    end
    readStates(whose)
    for i = 1, #whose do freed(whose[i]) end
    if #left > 0 then redis.call('HDEL', places, unpack(left)) end
    if hasRuns then
      redis.call('HDEL', runs, unpack(over))
      redis.call('HDEL', crashes, unpack(over))
      if hasFailures then
        local forgotten = {}
        for i = 1, #over do
          forgotten[2 * i - 1] = over[i]
          forgotten[2 * i] = 'e' .. over[i]
        end
        redis.call('HDEL', failures, unpack(forgotten))
      end
    end
    if hasNotes then
      local noted = {}
      for i = 1, #over do
        noted[3 * i - 2] = over[i]
        noted[3 * i - 1] = 'm' .. over[i]
        noted[3 * i] = 'l' .. over[i]
      end
      redis.call('HDEL', notes, unpack(noted))
    end
    if hasWaiters then
      local function tellEnd(topics, outcome)
        for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'e', outcome) end
      end

      local topics, awaited = redis.call('HMGET', waiters, unpack(over)), {}
      for i = 1, #over do
        if topics[i] then
          tellEnd(topics[i], outcomes[i])
          awaited[#awaited + 1] = over[i]
        end
      end
      if #awaited > 0 then redis.call('HDEL', waiters, unpack(awaited)) end
    end
    if ownedCount > 0 then
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
      local first = ACT + count + 1
      for at = first, #ARGV, 2 do
        local i, id = tonumber(ARGV[at]), ARGV[at + 1]
        local kind = i and ARGV[ACT + i] and string.byte(ARGV[ACT + i])
        if applied[i] and kind ~= RELEASE and kind ~= RETRY_CHARGED and kind ~= RETRY then endId(string.match(members[i], '^%d+'), id) end
      end
    end
  end
  if ends and #over > 0 then
    local owners, lengths = {}, {}
    for length in string.gmatch(units, '%d+') do lengths[#lengths + 1] = tonumber(length) end
    for at = ACT + count + 1, #ARGV, 2 do
      local i, id = tonumber(ARGV[at]), ARGV[at + 1]
      if i and members[i] then owners[string.match(members[i], '^%d+')] = id end
    end
    for i = 1, #over do
      local at = overAt[i]
      local more = lengths[at] and #ARGV[ACT + at] - lengths[at]
      addEnd(owners[over[i]], outcomes[i], more and more >= 0 and #outcomes[i] - more or nil)
    end
    silent = appendEnds()
  end
  if flow.nexts then
    if not m[15] then
      m[15] = '1'
      redis.call('HSET', meta, 'layout', 2, 'flows', 1)
    end
  end
  flow.ended(over, outcomes)
  for i, text in pairs(flow.nexts or {}) do
    if applied[i] then flow.add('n' .. string.match(members[i], '^%d+'), text) end
  end
  if #gone > 0 then redis.call('ZREM', leases, unpack(gone)) end
  local done = #over - #graveActs / 2
  if (expires and #over > 0) or died + retried > 0 then
    local expired = 0
    for i = 1, count do
      if applied[i] and string.byte(ARGV[ACT + i]) == EXPIRE then expired = expired + 1 end
    end
    done = done - expired
    local function addTotals(...)
      local numbers, added = {}, { ... }
      for number in string.gmatch(redis.call('HGET', meta, 'totals') or '', '[^,]+') do numbers[#numbers + 1] = amount(number) end
      if #numbers ~= 6 then numbers = { 0, 0, 0, 0, 0, 0 } end
      for i = 1, #added, 2 do numbers[added[i]] = numbers[added[i]] + added[i + 1] end
      redis.call('HSET', meta, 'totals', string.format('%.0f,%.0f,%.0f,%.0f,%.0f,%.0f', unpack(numbers)))
    end
    addTotals(1, failed, 2, retried, 3, died, 4, expired)
  end
  if done > 0 then
    local before = tonumber(m[12] or 0)
    completed = string.format('%d', (before and before >= 0 and before < 1e15 and before % 1 == 0 and before or 0) + done)
  end
end
lookAgain()

local handedOver = false
if again then
  redis.call('ZADD', leases, 'XX', string.format('%.4f', now + leaseMs + 0.0625), sentLease)
elseif given then
  redis.call('HDEL', lanes, worker .. '\n')
  local deadline = sentLease and tonumber(redis.call('ZSCORE', leases, sentLease) or nil)
  if deadline and not arrived then
    handedOver = true
    redis.call('ZADD', leases, 'XX', string.format('%.4f', now - 1 + 0.0625), sentLease)
  elseif deadline and deadline % 0.125 > 0 then
    redis.call('ZADD', leases, 'XX', string.format('%.4f', deadline - 0.0625), sentLease)
  end
end

local setAside = false
local heldBack = false

local function lookAtKeys()
  local levels = m[3]
  for at = 1, #levels do
      local level = string.byte(levels, at) - 48
      local due = hasDelayed[level] and redis.call('ZRANGEBYSCORE', KEYS[LATER + level], '-inf', now, 'LIMIT', 0, math.max(want + 1, 500)) or {}
      hasDelayed[level] = false
      if #due > 0 then
        local itsPlaces, plain = redis.call('HMGET', places, unpack(due)), {}
        for i = 1, #due do
          local id, _, class, _, weight = readPlace(itsPlaces[i])
          if id then
            unhold(id, due[i])
            doubted[id] = true
            standIn(due[i], placeIn(id, level, class, class == '0' and due[i] or newRank(), due[i], weight))
          else
            plain[#plain + 1] = due[i]
          end
        end
        if #plain > 0 then redis.call('RPUSH', KEYS[READY + level], unpack(plain)) end
        redis.call('ZREM', KEYS[LATER + level], unpack(due))
      end
    end
  for _, range in ipairs({ { '-inf', now }, { 1000000000000000, 1000000000000000 + now } }) do
    local due = redis.call('ZRANGEBYSCORE', paced, string.format('%s', range[1]), string.format('%.0f', range[2]), 'LIMIT', 0, 250)
    for i = 1, #due do doubted[due[i]] = true end
  end
  -- Other limits hold: who was held back may be served by now.
  if pace.retry ~= '' then
    local following, some = unpack(redis.call('ZSCAN', paced, pace.retry, 'COUNT', 250))
    for i = 1, #some, 2 do doubted[some[i]] = true end
    pace.retry = following ~= '0' and following or ''
  end
  placeKeys()
end
local function claim()
  -- Leases that ended: their workers died or stood still. Back to the head of their level, oldest first, and charged.
  local lost = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 100)
  if #lost > 0 then
    -- Read with the claims from now on.
    redis.call('HLEN', notes)
    redis.call('LLEN', suspects)
    local ns, over, started, unseen = {}, {}, {}, {}
    for i = 1, #lost / 2 do
      over[i] = lost[2 * i - 1]
      ns[i] = string.match(over[i], '^%d+') or ''
      started[i] = lost[2 * i] % 0.25 >= 0.125
      unseen[i] = lost[2 * i] % 0.125 > 0
    end
    local found = redis.call('HMGET', tasks, unpack(ns))
    local before = redis.call('HMGET', crashes, unpack(ns))
    local itsPlaces = redis.call('HMGET', places, unpack(ns))
    for i = #ns, 1, -1 do
      if found[i] then
        bump(runs, ns[i])
        -- The first is charged in any case, so that plain tasks need no note of their start. That of a grant which nobody is known to
        -- have got waits for the second: only then the task may have killed both.
        if unseen[i] and not before[i] then
          redis.call('HSET', crashes, ns[i], 'unseen')
        elseif before[i] == 'unseen' then
          redis.call('HSET', crashes, ns[i], 2)
        elseif started[i] or whole(before[i]) == 0 then
          bump(crashes, ns[i])
        end
        local id, _, _, _, weight = readPlace(itsPlaces[i])
        if id then
          freed(id)
          giveBack(ns[i], id, levelOf(found[i]), weight)
        else
          redis.call('LPUSH', KEYS[READY + levelOf(found[i])], ns[i])
        end
      else
        dropPlace(ns[i], itsPlaces[i])
        foreign = foreign + 1
      end
    end
    redis.call('ZREM', leases, unpack(over))
    hasRuns = true
  end
  if m[6] then
    if sleeper and not again then
      local function sleep(member, at)
        if redis.call('ZADD', idle, at, member) == 0 then return end
        local gone = redis.call('ZRANGEBYSCORE', idle, '-inf', now - 3600000, 'LIMIT', 0, 8)
        if #gone > 0 then redis.call('ZREM', idle, unpack(gone)) end
      end
      sleep(sleeper, sleeperAt)
    end
    return 0, {}, {}, watch(-1), false
  end
  -- As text: Redis formats every number anew.
  local taken, records, scored, deadline = {}, {}, {}, string.format('%.0f', now + leaseMs)
  local bytes, largest, pop, missing, strange, cut = 0, 1, math.min(want, 32), 0, 0, false
  local passed = 0
  local count, levels = 0, m[3]

  lookAtKeys()
  local most = isFree() and want or 0
    if caps.concurrency then most = math.min(most, caps.concurrency - redis.call('ZCARD', leases)) end
    if caps.rate and most > 0 then
      -- A sum with the time would be exact to a quarter of a microsecond only.
      most = math.min(most, math.floor((caps.rate.slack - math.max(pace.full - now, 0)) / caps.rate.each + 1e-6) + 1)
    end
    most = math.max(0, most)
  local wanted = want
  if most > 0 and hasKeys and (redis.call('ZCARD', ring) > 0 or (hasRuns and not suspectFrom and redis.call('LLEN', suspects) > 0)) then
    local heads, head, isAll, cursors = {}, 1, false, {}
      local moves, leaves, waits, removed = {}, {}, {}, {}
      local function flush()
        inPieces(removed, 1000, 'ZREM', keyed)
        inPieces(moves, 1000, 'ZADD', ring)
        inPieces(leaves, 1000, 'ZREM', ring)
        inPieces(waits, 1000, 'ZADD', paced)
        -- What was read of a key is read again, so that this is O(1) for each.
        cursors = {}
        moves, leaves, waits, removed = {}, {}, {}, {}
      end
      local function read()
        flush()
        local some = most - count
        local flat = redis.call('ZRANGE', ring, 0, some - 1, 'WITHSCORES')
        heads, head, isAll = {}, 1, #flat < 2 * some
        local whose = {}
        for i = 1, #flat, 2 do
          heads[i / 2 + 0.5] = { flat[i], math.max(tonumber(flat[i + 1]), pace.virtual) }
          whose[i / 2 + 0.5] = flat[i]
        end
        readStates(whose)
      end
      local function peek(id)
        local cursor = cursors[id]
        if not cursor then
          cursor = { list = {}, at = 1, used = 0, size = 2 }
          cursors[id] = cursor
        end
        if cursor.at > #cursor.list and not cursor.isEnd then
          cursor.list, cursor.at = entriesOf(id, cursor.used, cursor.size), 1
          cursor.isEnd = #cursor.list < cursor.size
          cursor.size = math.min(1000, 4 * cursor.size)
        end
        return cursor.list[cursor.at], cursor
      end
      -- The key comes again when those before it were served; beyond what was read of the ring it is read again.
      local function comeAgain(id, at)
        moves[#moves + 1] = string.format('%.6f', at)
        moves[#moves + 1] = id
        local last = heads[#heads]
        if not isAll and (head > #heads or at > last[2]) then return end
        local low, high = head, #heads + 1
        while low < high do
          local middle = math.floor((low + high) / 2)
          if heads[middle][2] <= at then low = middle + 1 else high = middle end
        end
        table.insert(heads, low, { id, at })
      end
      -- Out of the ring, until its limits let the next one through.
      local function leave(id, state, place)
        leaves[#leaves + 1] = id
        if place then
          waits[#waits + 1] = isFull(state) and '500000000000000' or string.format('%.3f', freeOf(state))
          waits[#waits + 1] = id
        end
      end
      local function take(n, record)
        count = count + 1
        taken[count] = n .. (hasRuns and '#' .. whole(redis.call('HGET', runs, n)) or '#0')
        records[count] = record
        scored[2 * count - 1] = deadline
        scored[2 * count] = taken[count]
        bytes = bytes + #record
      end
      local function fits(record)
        if count > 0 and bytes + #record > maxBytes then cut = true end
        return not cut
      end
      local function isSuspect(n) return hasRuns and suspectFrom and whole(redis.call('HGET', crashes, n)) >= suspectFrom end
      local function lease(id, state)
        state.running = state.running + 1
        if caps.keyRate then state.full = math.max(state.full, now) + caps.keyRate.each end
        changed[id] = true
      end

      -- A suspect that is set aside counts for its key already.
      local aside = hasRuns and not suspectFrom and redis.call('LRANGE', suspects, 0, 999) or {}
      if #aside > 0 then
        local itsPlaces, whose, passedBy, stopped = redis.call('HMGET', places, unpack(aside)), {}, 0, false
        for i = 1, #aside do
          whose[i] = readPlace(itsPlaces[i]) or ''
        end
        readStates(whose)
        for i = 1, #aside do
          local n, id = aside[i], whose[i] ~= '' and whose[i]
          if count == most or cut then
            stopped = true
            break
          elseif id and freeOf(stateOf(id)) > now then
            passedBy = passedBy + 1
          else
            local record = redis.call('HGET', tasks, n)
            if not record or fits(record) then
              local key = suspects
              redis.call('LREM', key, 1, n)
              if record then take(n, record) else missing = missing + 1 end
              if id and record then
                stateOf(id).running = stateOf(id).running - 1
                lease(id, stateOf(id))
              end
            end
          end
        end
        -- All of them are of keys that are held: the next claim looks at those behind them.
        if not stopped and passedBy == 1000 then
          local key = suspects
          redis.call('RPUSH', key, unpack(redis.call('LPOP', key, 1000)))
        end
      end

      local function popPlain()
        for at = 1, #levels do
          local level = string.byte(levels, at) - 48
          while passed + missing + strange < 20000 do
            local ns = redis.call('LPOP', KEYS[READY + level], 1)
            if not ns then break end
            if m[11] then
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
              local kept = passBy(level, ns)
              passed, ns = passed + 1 - #kept, kept
            end
            local n = ns[1]
            local record = n and redis.call('HGET', tasks, n)
            if record and string.find(n, '^%d+$') then return n, record, level end
            if n and string.find(n, '^%d+$') then missing = missing + 1 elseif n then strange = strange + 1 end
          end
        end
      end
      local plainLeft, left = true, 0
      if pace.plain < pace.virtual then pace.plain = pace.virtual + 1 end
      while count < most and not cut and passed + missing + strange < 20000 do
        if head > #heads and not isAll then read() end
        local next = heads[head]
        if plainLeft and not (next and next[2] < pace.plain) then
          local n, record, level = popPlain()
          if not n then
            plainLeft = false
          elseif isSuspect(n) then
            redis.call('RPUSH', suspects, n)
            passed, setAside = passed + 1, true
          elseif fits(record) then
            take(n, record)
            pace.virtual = math.max(pace.virtual, pace.plain)
            pace.plain = pace.virtual + 1
          else
            redis.call('LPUSH', KEYS[READY + level], n)
          end
        elseif not next then
          break
        elseif left == 250 then
          -- The others are looked at by the next turn, which comes at once.
          cut, passed = true, passed + 20000
        else
          local id, at = next[1], next[2]
          local state, place, cursor = stateOf(id), peek(id)
          head = head + 1
          local _, _, _, n, weight = readPlace(place)
          if not place or isFull(state) or freeOf(state) > now then
            leave(id, state, place)
            left = left + 1
          else
            local record = n and redis.call('HGET', tasks, n)
            local aside = record and isSuspect(n)
            if record and not aside and not fits(record) then break end
            cursor.at, cursor.used = cursor.at + 1, cursor.used + 1
            removed[#removed + 1] = place
            if not record then
              -- Somebody deleted it, or wrote what is no place.
              if n then redis.call('HDEL', places, n) end
              strange = strange + 1
            elseif aside then
              redis.call('RPUSH', suspects, n)
              state.running = state.running + 1
              changed[id] = true
              passed, setAside = passed + 1, true
            else
              take(n, record)
              lease(id, state)
              pace.virtual = math.max(pace.virtual, at)
              at = pace.virtual + 1 / weight
            end
            if peek(id) and not isFull(state) and freeOf(state) <= now then
              comeAgain(id, at)
            else
              leave(id, state, peek(id))
            end
          end
        end
      end
      flush()
    most = count
  end
  local want = most
  -- In one piece: a function for it would cost every task a tenth of a microsecond.
  for at = hasRuns and not suspectFrom and 0 or 1, #levels do
    local key = suspects
    if at > 0 then
      local level = string.byte(levels, at) - 48
      key = KEYS[READY + level]
      -- One more than is wanted, so that what is left is seen to be there. What this turn delays is not due.
      local due = hasDelayed[level] and redis.call('ZRANGEBYSCORE', KEYS[LATER + level], '-inf', now, 'LIMIT', 0, want + 1)
      if due and #due > 0 then
        redis.call('RPUSH', key, unpack(due))
        redis.call('ZREM', KEYS[LATER + level], unpack(due))
      end
    end
    while count < want and not cut and passed + missing + strange < 20000 do
      local before = count
      local ns = redis.call('LPOP', key, math.max(1, math.min(pop, 1000)))
      while ns and m[11] and at > 0 do
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
        local kept = passBy(string.sub(levels, at, at), ns)
        passed, ns = passed + #ns - #kept, kept
        if #ns > 0 or passed >= 20000 then break end
        ns = redis.call('LPOP', key, 1000)
      end
      if not ns or #ns == 0 then break end
      local fit = m[7] and fitting(ns, maxBytes - bytes, before > 0) or #ns
      local isCut = fit < #ns
      for back = #ns, fit + 1, -1 do
        redis.call('LPUSH', key, ns[back])
        ns[back] = nil
      end
      if fit == 0 then
        cut = true
        break
      end
      local found = redis.call('HMGET', tasks, unpack(ns))
      local counts = hasRuns and redis.call('HMGET', runs, unpack(ns))
      local lost = hasRuns and suspectFrom and redis.call('HMGET', crashes, unpack(ns))
      local aside, areNumbers = {}, string.find(table.concat(ns), '^%d+$')
      for i = 1, #ns do
        local record, k = found[i], count + 1
        if lost and record and whole(lost[i]) >= suspectFrom then
          aside[#aside + 1] = ns[i]
        elseif k > want or (record and k > 1 and bytes + #record > maxBytes) then
          cut = k <= want
          for back = #ns, i, -1 do redis.call('LPUSH', key, ns[back]) end
          break
        elseif record and (areNumbers and ns[i] ~= '' or string.find(ns[i], '^%d+$')) then
          taken[k] = ns[i] .. (counts and '#' .. whole(counts[i]) or '#0')
          records[k] = record
          scored[2 * k - 1] = deadline
          scored[2 * k] = taken[k]
          count = k
          bytes = bytes + #record
          if #record > largest then largest = #record end
        elseif string.find(ns[i], '^%d+$') then
          missing = missing + 1
        else
          strange = strange + 1
        end
      end
      if #aside > 0 then
        redis.call('RPUSH', suspects, unpack(aside))
        passed, setAside = passed + #aside, true
      end
      -- Not by a suspect or a cancelled one: there is nothing to wait for.
      if isCut and count > 0 then cut = true end
      -- Where nothing could be taken, larger steps; else as many as are wanted and as the largest record seen lets through.
      pop = count == before and 2 * pop or math.min(want - count, math.floor((maxBytes - bytes) / largest))
    end
  end

  if #taken > 0 and redis.call('ZADD', leases, 'NX', unpack(scored)) < #taken then
    local function onlyNew(taken, records, deadline)
      local kept, keptRecords, once = {}, {}, {}
      for k = 1, #taken do
        if not once[taken[k]] and tonumber(redis.call('ZSCORE', leases, taken[k])) == tonumber(deadline) then
          kept[#kept + 1] = taken[k]
          keptRecords[#kept] = records[k]
        end
        once[taken[k]] = true
      end
      return kept, keptRecords
    end
    taken, records = onlyNew(taken, records, deadline)
    strange = strange + count - #taken
  end
  if missing + strange > 0 then
    local function skip(missing, strange)
      local left = missing > 0 and amount(redis.call('HGET', meta, 'left')) or 0
      local ours = math.min(left, missing)
      if ours > 0 then redis.call('HSET', meta, 'left', string.format('%.0f', left - ours)) end
      foreign = foreign + missing - ours + strange
    end
    skip(missing, strange)
  end
  if #taken > 0 then
    -- Never behind the clock, as the numbers of tasks.
    local fence = math.max(tonumber(m[5]) or 0, time[1] * 1000000 + time[2])
    local newest = string.format('%.0f', fence + #taken)
    if completed then
      redis.call('HSET', meta, 'fence', newest, 'completed', completed)
      completed = nil
    else
      redis.call('HSET', meta, 'fence', newest)
    end
    if caps.rate then pace.full = math.max(pace.full, now) + #taken * caps.rate.each end
    local freeIn, isNow, at = -1, isFree()
        local waitsNow = redis.call('ZCARD', ring) > 0
        for place = 1, #levels do
          local level = string.byte(levels, place) - 48
          waitsNow = waitsNow or redis.call('LLEN', KEYS[READY + level]) > 0
        end
        local pacedAt = not waitsNow and tonumber(redis.call('ZRANGE', paced, 0, 0, 'WITHSCORES')[2] or nil)
        if pacedAt and pacedAt >= 500000000000000 then pacedAt = nil end
        if at and (waitsNow or pacedAt) then
          local isRate = caps.rate and at > now and at > pace.held and at >= (pacedAt or 0)
          freeIn = math.max(0, math.ceil(math.max(at, pacedAt or 0) + (isRate and caps.rate.gather or 0) - now))
        end
        heldBack = count < wanted and not cut and not (isNow and waitsNow) and (waitsNow or redis.call('ZCARD', keyed) > 0)
        -- There is something to claim: nobody has to wait.
        if isNow and waitsNow then freeIn = -1 end
        if pace.retry ~= '' then freeIn = 0 end
  local nextDue = -1
    for at = 1, #levels do
      local level = string.byte(levels, at) - 48
      local due = redis.call('ZRANGE', KEYS[LATER + level], 0, 0, 'WITHSCORES')[2]
      if due and (nextDue < 0 or due - now < nextDue) then nextDue = math.max(0, due - now) end
    end
    if freeIn >= 0 and (nextDue < 0 or freeIn < nextDue) then nextDue = freeIn end
    nextDue = heldBack and watch(nextDue) or -1
    if heldBack and sleeper and not again then
      local function sleep(member, at)
        if redis.call('ZADD', idle, at, member) == 0 then return end
        local gone = redis.call('ZRANGEBYSCORE', idle, '-inf', now - 3600000, 'LIMIT', 0, 8)
        if #gone > 0 then redis.call('ZREM', idle, unpack(gone)) end
      end
      sleep(sleeper, sleeperAt)
    elseif sleeper and idleCount > 0 then
      redis.call('ZREM', idle, sleeper)
    end
    if hasRoom then
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
      tellRoom(#taken)
    end
    return fence + 1, taken, records, nextDue, cut
  end
  if passed + missing + strange >= 20000 then return 0, taken, records, 0, false end
  if sleeper and not again then
    local function sleep(member, at)
      if redis.call('ZADD', idle, at, member) == 0 then return end
      local gone = redis.call('ZRANGEBYSCORE', idle, '-inf', now - 3600000, 'LIMIT', 0, 8)
      if #gone > 0 then redis.call('ZREM', idle, unpack(gone)) end
    end
    sleep(sleeper, sleeperAt)
  end
  local nextDue = -1
  for at = 1, #levels do
    local level = string.byte(levels, at) - 48
    local due = redis.call('ZRANGE', KEYS[LATER + level], 0, 0, 'WITHSCORES')[2]
    if due and (nextDue < 0 or due - now < nextDue) then nextDue = math.max(0, due - now) end
  end
  local freeIn, isNow, at = -1, isFree()
      local waitsNow = redis.call('ZCARD', ring) > 0
      for place = 1, #levels do
        local level = string.byte(levels, place) - 48
        waitsNow = waitsNow or redis.call('LLEN', KEYS[READY + level]) > 0
      end
      local pacedAt = not waitsNow and tonumber(redis.call('ZRANGE', paced, 0, 0, 'WITHSCORES')[2] or nil)
      if pacedAt and pacedAt >= 500000000000000 then pacedAt = nil end
      if at and (waitsNow or pacedAt) then
        local isRate = caps.rate and at > now and at > pace.held and at >= (pacedAt or 0)
        freeIn = math.max(0, math.ceil(math.max(at, pacedAt or 0) + (isRate and caps.rate.gather or 0) - now))
      end
      heldBack = count < wanted and not cut and not (isNow and waitsNow) and (waitsNow or redis.call('ZCARD', keyed) > 0)
      -- There is something to claim: nobody has to wait.
      if isNow and waitsNow then freeIn = -1 end
      if pace.retry ~= '' then freeIn = 0 end
  if freeIn >= 0 and (nextDue < 0 or freeIn < nextDue) then nextDue = freeIn end
  return 0, taken, records, watch(nextDue), false
end

local staleText = table.concat(stale, ',')
local fence, taken, records, nextDue, cut = 0, {}, {}, -1, false
if want > 0 then fence, taken, records, nextDue, cut = claim() end
suspectsLeft = hasRuns and suspectFrom and not m[6] and redis.call('LLEN', suspects) > 0
if completed then redis.call('HSET', meta, 'completed', completed) end
saveKeys()
saveRanks()
if not m[14] and pace.held > now then
  m[14] = '0 0 - - - - - - - - -'
  redis.call('HSET', meta, 'shared', m[14])
end
if m[14] then savePace() end
if m[14] and version == 0 and redis.call('EXISTS', places, busy, keyed, paced) == 0 and pace.held <= now then redis.call('HDEL', meta, 'shared', 'pace') end
local leasesLeft = caps.keyConcurrency and '0' or caps.concurrency and string.format('%.0f', math.max(0, caps.concurrency - redis.call('ZCARD', leases))) or ''
local news = (heldBack and 'h' or '') .. (isUnreadable and 'u' or '') .. '|' .. leasesLeft .. '|' .. otherDefined
local claims = table.concat(taken, ',')
-- What others left; not by the last turn of a lane, whose reply may reach nobody.
local report, unreported = '', isThere and not isLast and m[10]
if foreign + deadDropped > 0 or unreported then
  local function countForeign()
    if foreign == 0 then return end
    redis.call('HSET', meta, 'foreign', string.format('%.0f', amount(redis.call('HGET', meta, 'foreign')) + foreign))
  end
  local function reportOf(letters, unreported)
    countForeign()
    if unreported then
      redis.call('HDEL', meta, 'unreported')
      local before, foreignBefore = string.match(unreported, '^(%d+),(%d+)$')
      letters, foreign = letters + amount(before), foreign + amount(foreignBefore)
    end
    return letters + foreign > 0 and string.format(';%.0f,%.0f', letters, foreign) or ''
  end
  report = reportOf(deadDropped, unreported)
end

local noted
if isLast then
  if isThere then
    noted = string.format('%.0f', now - 3000000) .. '|' .. staleText .. '|0|'
  elseif previous then
    redis.call('HDEL', lanes, lane)
  end
  redis.call('ZREM', idle, sleeper)
elseif isRepeat or report ~= '' or (isThere and (count > 0 or #taken > 0)) then
  noted = stamp .. '|' .. staleText .. report .. '|' .. string.format('%.0f', fence) .. '|' .. claims
end
if noted then
  redis.call('HSET', lanes, lane, string.format('%.0f|', seq) .. noted)
  if not previous then
    local function forgetLanes(key)
      if redis.call('HLEN', key) < 64 then return end
      local some = redis.call('HRANDFIELD', key, 8, 'WITHVALUES')
      for i = 1, #some, 2 do
        local at = tonumber(string.match(some[i + 1], '^%d+|(%d+)|'))
        if not at or now - at > 3600000 then redis.call('HDEL', key, some[i]) end
      end
    end
    forgetLanes(lanes)
  end
end
if isThere then
  -- Once a second: that somebody was here, and that no lease ends later than any can (somebody else wrote it).
  if not seen or math.abs(now - seen) >= 1000 then
    redis.call('HSET', meta, 'seen', string.format('%.0f', now))
    local far = redis.call('ZRANGEBYSCORE', leases, '(' .. string.format('%.0f', now + 86400000), '+inf', 'LIMIT', 0, 1000)
    for i = 1, #far do redis.call('ZADD', leases, now + leaseMs, far[i]) end
  end
  if endBounds ~= '' and endBounds ~= m[13] then redis.call('HSET', meta, 'outcomes', endBounds) end
end
if idleCount > 0 then
  local isMore = not m[6] and (setAside or handedOver)
  if not m[6] and not isMore then
    local at = claimableAt()
    isMore = at ~= nil and at <= now
    if not isMore and #taken >= want then
      isMore = at ~= nil and (want > 0 or count == 0 or not claimableBefore or at < claimableBefore)
      for i = 1, requeued and count or 0 do isMore = isMore or string.find(ARGV[ACT + i], '^[Rr][1-9]') ~= nil end
    end
  end
  isMore = isMore or flow.added
  if isMore then
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
local reply = answer(fence, nextDue, staleText, taken, records, report)
do
  local flag, ms = flow.left(reply[3])
  reply[3], reply[10] = ms, reply[10] + flag
end
reply[11], reply[12], reply[13], reply[14] = reply[11] or 0, reply[12] or 0, reply[13] or false, news
return silent and { reply, silent } or reply
