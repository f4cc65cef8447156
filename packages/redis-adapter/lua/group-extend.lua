#!lua flags=allow-oom
local alive = KEYS[1]
local meta = KEYS[2]
local leases = KEYS[3]
local held = KEYS[4]

local leaseMs, group = tonumber(ARGV[1]), ARGV[2]
local LEASE = 2 -- ARGV[LEASE + i]
if not leaseMs or not (leaseMs >= 1 and leaseMs <= 86400000) or #ARGV > LEASE + 1000 then
  return redis.error_reply('MQARGS no lease time')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
local function whole16(number) return string.format('%.0f', number) end

local m = redis.call('HMGET', meta, 'layout', 'cursor', 'paused', 'seen', 'fence', 'leaseMs', 'recoverAfter', 'read',
  'lost', 'out', 'floor', 'unreported', 'ordered')

do
  local stored = m[1]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this group has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
for i = 4, 10 do m[i] = digits(m[i]) end
m[2] = m[2] and #m[2] < 42 and string.find(m[2], '^%d+%-%d+$') and m[8] and m[2] or nil

local seen = tonumber(m[4])

local handOf, indexOf, once, asked = {}, {}, {}, {}
for i = 1, #ARGV - LEASE do
  local hand, index = string.match(ARGV[LEASE + i], '^(%d+)%.(%d+)$')
  handOf[i], indexOf[i] = hand, tonumber(index)
  if hand and not once[hand] then
    once[hand] = true
    asked[#asked + 1] = hand
  end
end
if #asked == 0 then return string.rep('l', #ARGV - LEASE) end
local scores = redis.call('ZMSCORE', leases, unpack(asked))
local found = redis.call('HMGET', held, unpack(asked))
redis.call('ZCARD', alive)
local isSign = not seen or math.abs(now - seen) >= 1000

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

local bitsOf, scored, states, extended = {}, {}, {}, {}
for i = 1, #asked do bitsOf[asked[i]] = scores[i] and found[i] or '' end
for i = 1, #ARGV - LEASE do
  local hand = handOf[i]
  local bit = hand and string.byte(bitsOf[hand], indexOf[i]) or 48
  states[i] = bit == 48 and 'l' or 'h'
  if bit ~= 48 and not extended[hand] then
    extended[hand] = true
    scored[#scored + 1] = now + leaseMs
    scored[#scored + 1] = hand
  end
end
if #scored > 0 then
  redis.call('ZADD', leases, 'XX', unpack(scored))
  if isSign then redis.call('ZADD', alive, 'XX', now, group) end
end

-- Once a second: that somebody was here, and that no lease ends later than any can (somebody else wrote it).
if not seen or math.abs(now - seen) >= 1000 then
  redis.call('HSET', meta, 'seen', string.format('%.0f', now))
  local far = redis.call('ZRANGEBYSCORE', leases, '(' .. string.format('%.0f', now + 86400000), '+inf', 'LIMIT', 0, 1000)
  for i = 1, #far do redis.call('ZADD', leases, now + leaseMs, far[i]) end
end

return table.concat(states)
