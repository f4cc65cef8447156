#!lua flags=allow-oom
local seq = KEYS[1]

local topic, prefix, run, isSharded = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
if #ARGV ~= 4 then return redis.error_reply('MQARGS a marker is not right') end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local known = redis.call('HMGET', seq, 'epoch', 'n', 'run', 'layout')

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

n = string.format('%.0f', n)
-- Sent before it is noted: where an ACL forbids the topic, nothing has happened.
local frame = prefix .. epoch .. ' ' .. n .. ' \n'
redis.call(isSharded and 'SPUBLISH' or 'PUBLISH', topic, frame)
if isNew or (run ~= '' and not known[3]) then redis.call('HSET', seq, 'epoch', epoch, 'n', n, 'run', run, 'layout', 2) end
return { epoch, n }
