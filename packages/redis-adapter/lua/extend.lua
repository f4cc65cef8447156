#!lua flags=allow-oom
local meta = KEYS[1]
local leases = KEYS[2]
local results = KEYS[3]

local leaseMs = tonumber(ARGV[1])
if not leaseMs or not (leaseMs >= 1 and leaseMs <= 86400000) then return redis.error_reply('MQARGS no lease time') end

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

local seen = tonumber(m[4])

local tokens = {}
for i = 2, #ARGV do tokens[#tokens + 1] = ARGV[i] end
redis.call('HLEN', results)
local held = redis.call('ZMSCORE', leases, unpack(tokens))

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

local states, scored = {}, {}
for i = 1, #tokens do
  if held[i] then
    states[i] = 'h'
    local isStarted = held[i] % 0.25 >= 0.125
    scored[#scored + 1] = isStarted and string.format('%.3f', now + leaseMs + 0.125) or now + leaseMs
    scored[#scored + 1] = tokens[i]
  else
    local n = string.match(tokens[i], '^%d+')
    local outcome = n and redis.call('HGET', results, n)
    states[i] = outcome and string.find(outcome, n .. '|K|', 1, true) == 1 and 'c' or 'l'
  end
end
if #scored > 0 then redis.call('ZADD', leases, unpack(scored)) end

-- Once a second: that somebody was here, and that no lease ends later than any can (somebody else wrote it).
if not seen or math.abs(now - seen) >= 1000 then
  redis.call('HSET', meta, 'seen', string.format('%.0f', now))
  local far = redis.call('ZRANGEBYSCORE', leases, '(' .. string.format('%.0f', now + 86400000), '+inf', 'LIMIT', 0, 1000)
  for i = 1, #far do redis.call('ZADD', leases, now + leaseMs, far[i]) end
end

return table.concat(states)
