#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local leases = KEYS[23]
local ids = KEYS[24]
local ended = KEYS[25]
local results = KEYS[26]
local dead = KEYS[27]
local producers = KEYS[28]
local lanes = KEYS[29]
local idle = KEYS[30]
local room = KEYS[31]

-- ## Arguments
local lane, seq, atomic, capacity, roomTopic, specials, seals = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6]), ARGV[7] == '1'
local endBounds = ARGV[8]
local ownLane, afterLane, afterSeq = string.match(lane, '^([^\n]*)\n([^\n]*)\n(%d+)$')
lane = ownLane or lane
if not (seq and specials and specials >= 0 and specials % 1 == 0) then return redis.error_reply('MQARGS a batch is not right') end
-- The special ones, then a record of each task from ARGV[first] on.
local SPECIALS, asked = 10, {}
local first = SPECIALS + 4 * specials
local count = #ARGV - first + 1
if count < 1 or count > 1000 then return redis.error_reply('MQARGS a batch is not right') end
for at = SPECIALS, first - 1, 4 do
  local i, delay, id, how = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  if not (i and i >= 1 and i <= count and i % 1 == 0 and delay and delay >= 0 and delay < math.huge and string.find(how, '^r?%d*$')) then
    return redis.error_reply('MQARGS a special task is not right')
  end
  if id ~= '' then asked[#asked + 1] = id end
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

local waited = false
for place = 1, m[14] and #levels or 0 do
  local level = string.byte(levels, place) - 48
  waited = waited or redis.call('LLEN', KEYS[READY + level]) > 0
end

-- ## What becomes of each task

-- Nil (accepted), or a receipt.
local fate, delays, owned, orphans = {}, {}, {}, {}
local displaces = false
local refused, full, special = 0, false, specials > 0 or capacity ~= nil or seals or m[16]
local takenOver, home = {}, nil
local replaced, succeeds, superseded, owner, windowOf = {}, {}, {}, {}, {}
if specials > 0 then
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
  forgetIds(2 * specials)
  local inBatch = {}
  local stored, seen = #asked > 0 and redis.call('HMGET', ids, unpack(asked)), 0
  for at = SPECIALS, first - 1, 4 do
    local i, delay, id, how = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
    local replaces, window = string.match(how, '^(r?)(%d*)$')
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
        local old = false
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
  local isHere, named, here = {}, 0, 0
  for i = 1, count do
    isHere[i] = type(fate[i]) == 'string' or replaced[i]
    if fate[i] or owned[i] then
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
if (capacity) and not displaces then
  local free = (capacity or math.huge) - waiting
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
        local lists = delays[i] and later or ready
        local list = lists[level]
        if not list then list = {} lists[level] = list end
        if delays[i] then list[#list + 1] = now + delays[i] end
        list[#list + 1] = number
              end
      receipts[i] = 'a' .. number
      if owned[i] then
        owned[i][3] = number
        owner[owned[i][1]] = owned[i]
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
  local comes, isDueSooner = false, false
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
  if m[6] then
    comes, isDueSooner = false, false
  elseif comes and m[14] then
    local isUseful = true
    if m[14] then
      
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

    local function isFree()
      if caps.concurrency and redis.call('ZCARD', leases) >= caps.concurrency then return false, nil end
      local at = math.max(pace.held, caps.rate and pace.full - caps.rate.slack or 0)
      return at <= now, at
    end

      local isNow, at = isFree()
      isUseful = isNow or (at ~= nil and not waited)
    end
    comes = isUseful
  end
  if isDueSooner or comes then
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
