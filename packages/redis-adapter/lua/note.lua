#!lua flags=allow-oom
local meta = KEYS[1]
local leases = KEYS[2]
local notes = KEYS[3]
local waiters = KEYS[4]


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

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
end

redis.call('HLEN', notes)
local hasWaiters = redis.call('HLEN', waiters) > 0
local noted, started, told, kept, held = {}, {}, {}, {}, {}
for at = 1, #ARGV, 3 do held[#held + 1] = ARGV[at] end
held = redis.call('ZMSCORE', leases, unpack(held))
for at = 1, #ARGV, 3 do
  local lease, kind, body = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local n = string.match(lease, '^%d+')
  local isHeld = n and held[#kept + 1]
  kept[#kept + 1] = isHeld and '1' or '0'
  if isHeld and kind == 's' then
    if isHeld % 0.25 < 0.125 then
      started[#started + 1] = string.format('%.3f', isHeld - isHeld % 0.125 + 0.125)
      started[#started + 1] = lease
    end
  elseif isHeld and string.byte(kind) == 108 then
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local stamp, lines, bytes = string.format('%.0f|', now), {}, 0
    local function add(line)
      lines[#lines + 1] = line
      bytes = bytes + #line
    end
    local log = redis.call('HGET', notes, 'l' .. n) or ''
    local dropped = string.match(log, '^l(%d+)')
    dropped = (dropped and #dropped < 16 and tonumber(dropped) or 0) + tonumber(string.sub(kind, 2))
    for line in string.gmatch(log, '\t(%d+|[^\t\n]+)') do add(line) end
    for line in string.gmatch(body, '[^\n]+') do add(stamp .. line) end
    local first = 1
    while first < #lines and (#lines - first >= 100 or bytes > 8192) do
      bytes = bytes - #lines[first]
      first = first + 1
    end
    redis.call('HSET', notes, 'l' .. n, string.format('l%.0f\t', dropped + first - 1) .. table.concat(lines, '\t', first))
  elseif isHeld then
    noted[#noted + 1] = kind == 'm' and 'm' .. n or n
    noted[#noted + 1] = body
    if hasWaiters and kind ~= 'm' then told[#told + 1] = { n, body } end
  end
end
if #noted > 0 then redis.call('HSET', notes, unpack(noted)) end
if #started > 0 then redis.call('ZADD', leases, 'XX', unpack(started)) end
for i = 1, #told do
  local n, body = unpack(told[i])
  local topics = redis.call('HGET', waiters, n) or ''
  for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'p', n .. '|' .. body) end
end
return table.concat(kept)
