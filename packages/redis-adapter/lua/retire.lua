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

local listeners = ARGV[1]

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

local queueName
local function tell(topic, letter, body)
  queueName = queueName or string.match(meta, '{(.-)}')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queueName .. (body and '\n' .. body or ''))
  return type(heard) == 'number' and heard or 0
end

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

local left = redis.call('HLEN', tasks) + redis.call('ZCARD', leases) + redis.call('HLEN', schedules) + redis.call('ZCARD', flow.chores)
  + redis.call('ZCOUNT', dead, string.format('(%.0f', now - keepLimits()[1]), '+inf')
redis.call('HLEN', producers)
redis.call('HLEN', lanes)
local length = redis.call('LLEN', order)
local newest = length > 0 and redis.call('LRANGE', order, length - 1, length - 1)[1]
local ofIds = redis.call('ZREVRANGE', ended, 0, 0, 'WITHSCORES')[2]
if newest and outcomeOf(newest) then left = left + 1 end
if ofIds and now - tonumber(ofIds) < 60000 then left = left + 1 end
-- A key without tasks whose rate or hold is over last.
local fading = redis.call('ZREVRANGE', paced, 0, 0, 'WITHSCORES')[2]
if fading and tonumber(fading) > 1000000000000000 + now then left = left + 1 end
-- An earlier version has 1. Since when is not known where the clock was put back.
local sealedAt = m[16] and (tonumber(m[16]) or 0)
if not sealedAt or sealedAt > now then
  sealedAt = now
  redis.call('HSET', meta, 'layout', 2, 'sealed', string.format('%.0f', now))
end
if not m[16] then tell(listeners, 'm') end
if left > 0 or now - sealedAt < 60000 then return 0 end
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
redis.call('UNLINK', meta)
redis.call('HSET', meta, 'layout', 2, 'sealed', string.format('%.0f', sealedAt))
redis.call('PEXPIRE', meta, 86400000)
redis.call('PEXPIRE', producers, 86400000)
redis.call('PEXPIRE', lanes, 86400000)
return 1
