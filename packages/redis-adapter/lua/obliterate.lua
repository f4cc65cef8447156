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
local producers = KEYS[31]
local lanes = KEYS[32]
local results = KEYS[33]
local order = KEYS[34]
local dead = KEYS[35]
local graves = KEYS[36]
local idle = KEYS[37]
local waiters = KEYS[38]
local room = KEYS[39]
local notes = KEYS[40]
local keyed = KEYS[41]
local ring = KEYS[42]
local paced = KEYS[43]
local busy = KEYS[44]
local places = KEYS[45]
local samples = KEYS[49]
local ticks = KEYS[50]
local hours = KEYS[51]
local schedules = KEYS[52]
local due = KEYS[53]
local flow = { kin = KEYS[46], edges = KEYS[47], chores = KEYS[48] }
local outcomeKeys = { seq = KEYS[54], log = KEYS[55], readers = KEYS[56], floors = KEYS[57], alive = KEYS[58], bells = KEYS[59] }


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

do
  local stored = redis.pcall('HGET', outcomeKeys.seq, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
end

local function isAwaited()
  local sleepers = redis.call('ZREVRANGE', idle, 0, 63)
  for i = 1, #sleepers do
    local topic = string.match(sleepers[i], '^(.*)|')
    if topic and tell(topic, 'w') > 0 then return true end
  end
  return false
end

if ARGV[1] ~= '1' then
  if redis.call('ZCARD', leases) > 0 then return -1 end
  if isAwaited() then return -2 end
end
local before = redis.call('EXISTS', meta) + redis.call('EXISTS', producers) + redis.call('EXISTS', lanes)
  + redis.call('EXISTS', outcomeKeys.seq, outcomeKeys.log, outcomeKeys.readers, outcomeKeys.floors, outcomeKeys.alive, outcomeKeys.bells)
redis.call('UNLINK', meta)
redis.call('UNLINK', tasks)
for level = 0, 9 do redis.call('UNLINK', KEYS[READY + level]) end
for level = 0, 9 do redis.call('UNLINK', KEYS[LATER + level]) end
redis.call('UNLINK', suspects)
redis.call('UNLINK', moved)
redis.call('UNLINK', leases)
redis.call('UNLINK', runs)
redis.call('UNLINK', crashes)
redis.call('UNLINK', failures)
redis.call('UNLINK', ids)
redis.call('UNLINK', ended)
redis.call('UNLINK', producers)
redis.call('UNLINK', lanes)
redis.call('UNLINK', results)
redis.call('UNLINK', order)
redis.call('UNLINK', dead)
redis.call('UNLINK', graves)
redis.call('UNLINK', idle)
redis.call('UNLINK', waiters)
redis.call('UNLINK', room)
redis.call('UNLINK', notes)
redis.call('UNLINK', keyed)
redis.call('UNLINK', ring)
redis.call('UNLINK', paced)
redis.call('UNLINK', busy)
redis.call('UNLINK', places)
redis.call('UNLINK', flow.kin)
redis.call('UNLINK', flow.edges)
redis.call('UNLINK', flow.chores)
redis.call('UNLINK', samples)
redis.call('UNLINK', ticks)
redis.call('UNLINK', hours)
redis.call('UNLINK', schedules)
redis.call('UNLINK', due)
return before > 0 and 1 or 0
