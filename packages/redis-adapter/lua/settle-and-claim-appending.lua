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
local outcomeKeys = { seq = KEYS[40], log = KEYS[41], readers = KEYS[42], floors = KEYS[43], alive = KEYS[44], bells = KEYS[45] }

local lane, seq, isRepeat, want, maxBytes, leaseMs, keep, bounds, topic, isLast, suspectFrom, grants, granted, ownedCount, count = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1', ARGV[8], ARGV[9], ARGV[10] == '1', tonumber(ARGV[11]), ARGV[12], ARGV[13], tonumber(ARGV[14]), tonumber(ARGV[15])
local endBounds, run = ARGV[16], ARGV[17]
local units = ARGV[18]
if not (seq and want and maxBytes and leaseMs and ownedCount and count) or not (want >= 0 and want <= 1000 and want % 1 == 0)
  or not (leaseMs >= 1 and leaseMs <= 86400000) or not (count >= 0 and count <= 1000)
  or #ARGV ~= 18 + 2 * count + 2 * ownedCount then
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
if m[14] or m[15] then return redis.error_reply('MQSHARED this queue has keys, limits or flows') end

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
if count == 0 and want > 0 and not given and not isRepeat and not isLast and not m[10] and (tonumber(string.match(previous or '0', '^%d+')) or seq) < seq and (endBounds == '' or endBounds == m[13] or not m[1]) then
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
    return { now, '0', -1, '', '', {}, {}, {}, {}, m[6] and 2 or 0 }
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

local LEASE, ACT = 18, 18 + count
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
  local isPlain = completes and ownedCount == 0 and not ends
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
          if (hasWaiters or ends) then outcomes[#over] = n .. '|D|' .. stamp .. '|' .. string.sub(act, 2) end
        else
          -- Its result is kept where the turn keeps none, or the other way round.
          local isKept = keep
          if kind == OTHERWISE then isKept, act = not keep, string.sub(act, 2) end
          if isKept or (hasWaiters or ends) or kind == EXPIRE then
            local outcome = n .. '|' .. string.sub(act, 1, 1) .. '|' .. stamp .. '|' .. string.sub(act, 2)
            if (hasWaiters or ends) then outcomes[#over] = outcome end
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
    for i = #back, 1, -1 do
      if found[i] and string.byte(backActs[i]) == RELEASE then redis.call('LPUSH', KEYS[READY + levelOf(found[i])], back[i]) end
    end
    for i = 1, #back do
      local n, act = back[i], backActs[i]
      -- No record: somebody deleted it. There is nothing to run.
      if not found[i] then
        foreign = foreign + 1
      else
        local level, kind = levelOf(found[i]), string.byte(act)
        bump(runs, n)
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
          else
            redis.call('RPUSH', KEYS[READY + level], n)
          end
        end
      end
    end
    hasRuns, requeued = true, true
  end
  if #over > 0 then
    redis.call('HDEL', tasks, unpack(over))
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
        redis.call('LPUSH', KEYS[READY + levelOf(found[i])], ns[i])
      else
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
    if sleeper and idleCount > 0 then redis.call('ZREM', idle, sleeper) end
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
    return fence + 1, taken, records, -1, cut
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
  return 0, taken, records, watch(nextDue), false
end

local staleText = table.concat(stale, ',')
local fence, taken, records, nextDue, cut = 0, {}, {}, -1, false
if want > 0 then fence, taken, records, nextDue, cut = claim() end
suspectsLeft = hasRuns and suspectFrom and not m[6] and redis.call('LLEN', suspects) > 0
if completed then redis.call('HSET', meta, 'completed', completed) end
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
  local isMore = not m[6] and (setAside or handedOver or (requeued and #taken >= want))
  if not isMore and not m[6] and (want > 0 or count == 0) and (cut or #taken == want) then
    for at = 1, #m[3] do
      local level = string.byte(m[3], at) - 48
      isMore = isMore or redis.call('LLEN', KEYS[READY + level]) > 0
    end
  end
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
return silent and { reply, silent } or reply
