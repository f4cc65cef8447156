#!lua
local seq = KEYS[1]
local publishers = KEYS[2]

local topic, count, bodies, run, publisher, number, isSharded, after = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7] == '1', tonumber(ARGV[8])
if not (count and count >= 1 and number and number >= 1 and number < 1e15 and after) then return redis.error_reply('MQARGS a publish is not right') end

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

local known = redis.call('HMGET', seq, 'epoch', 'n', 'run', 'layout')

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

do
  local stored = known[4]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

-- What somebody else wrote there counts as missing: subscribers could not read it.
local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
local epoch, n = digits(known[1]), tonumber(digits(known[2]) or '')
local isNew = not epoch or not n or (run ~= '' and known[3] and known[3] ~= run)
if isNew then
  epoch = string.format('%.0f', time[1] * 1000000 + time[2])
  -- Where messages are kept, the log and its numbers are of one piece, and go on.
  n = redis.call('HEXISTS', seq, 'at') == 1 and n or 0
end

local first = string.format('%.0f', n + 1)
n = string.format('%.0f', n + count)
-- Sent before it is noted: where an ACL forbids the topic, nothing has happened.
local frame = epoch .. ' ' .. first .. ' ' .. bodies
redis.call(isSharded and 'SPUBLISH' or 'PUBLISH', topic, frame)
if isNew or known[3] ~= run then redis.call('HSET', seq, 'epoch', epoch, 'n', n, 'run', run) else redis.call('HSET', seq, 'n', n) end
if not known[4] then redis.call('HSET', seq, 'layout', 2) end

redis.call('HSET', publishers, publisher, string.format('%.0f|%.0f|', number, now) .. epoch .. '|' .. n ..
  (lastPlace and '|' .. lastText .. lastPlace or ''))
if not last then forgetLanes(publishers) end
return { epoch, n }
