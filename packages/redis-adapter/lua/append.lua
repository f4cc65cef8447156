#!lua
local seq = KEYS[1]
local publishers = KEYS[2]
local log = KEYS[3]
local readers = KEYS[4]
local floors = KEYS[5]
local alive = KEYS[6]
local bells = KEYS[7]

local topic, count, lengths, run, publisher, number, maxAge, maxCount, maxBytes, unreadFactor, expires, after = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local BODY = 12 -- ARGV[BODY + i]
if not (count and count >= 1 and count <= 1000 and count % 1 == 0 and #ARGV == BODY + count) or
  not (number and number >= 1 and number < 1e15 and after) or
  not (unreadFactor and unreadFactor >= 1 and expires and expires >= 0) then
  return redis.error_reply('MQARGS a publish is not right')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function forgetLanes(key)
  if redis.call('HLEN', key) < 64 then return end
  local some = redis.call('HRANDFIELD', key, 8, 'WITHVALUES')
  for i = 1, #some, 2 do
    local at = tonumber(string.match(some[i + 1], '^%d+|(%d+)|'))
    if not at or now - at > 3600000 then redis.call('HDEL', key, some[i]) end
  end
end

local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
local function whole16(number) return string.format('%.0f', number) end


-- Read and check.
local known = redis.call('HMGET', seq, 'epoch', 'n', 'run', 'at', 'bytes', 'epochs', 'layout', 'largest')

do
  local stored = known[7]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

local last = redis.call('HGET', publishers, publisher)
local lastText, lastPlace = string.match(last or '', after > 0 and '^(%d+)|%d+(|%d+|%d+)' or '^(%d+)')
local lastNumber = tonumber(lastText) or 0
if lastNumber >= number then
  local epoch, n, rest = string.match(last, '^%d+|%d+|(%d+)|(%d+)(.*)$')
  if lastNumber == number then return { epoch, n } end
  local earlier, earlierEpoch, earlierN = string.match(rest or '', '^|(%d+)|(%d+)|(%d+)$')
  if tonumber(earlier) == number then return { earlierEpoch, earlierN } end
  return redis.error_reply('MQSTALE a newer publish was answered')
end
if lastNumber < after then return false end
local length = redis.call('XLEN', log)
local slowest = redis.call('ZRANGE', readers, 0, 0, 'WITHSCORES')
redis.call('HLEN', floors)
local silent = redis.call('ZRANGEBYSCORE', alive, '-inf', '(' .. whole16(now - expires), 'LIMIT', 0, 1)
local rings = redis.call('HLEN', bells) > 0

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
  return redis.pcall('XADD', log, id, 'm', whole16(bytes) .. ' ' .. epoch .. ' ' .. number .. ' ' .. ARGV[BODY + i]), id
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

-- Write: the first entry shows whether the log takes any more.
local refused, id = appendFirst()
if refused then return refused end
local first = whole16(n + 1)
local sent = redis.pcall('PUBLISH', topic, epoch .. ' ' .. first .. ' ' .. lengths .. '\n' .. table.concat(ARGV, '', BODY + 1))
if type(sent) == 'table' and sent.err then
  redis.call('XDEL', log, id)
  return sent
end
local largest = #ARGV[BODY + 1]
bytes = bytes + largest
for i = 2, count do
  keep(i)
  local size = #ARGV[BODY + i]
  bytes = bytes + size
  if size > largest then largest = size end
end

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

redis.call('HSET', publishers, publisher, string.format('%.0f|%.0f|', number, now) .. epoch .. '|' .. newest ..
  (lastPlace and '|' .. lastText .. lastPlace or ''))
if not last then forgetLanes(publishers) end
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
return { epoch, newest, silent[1] or '' }
