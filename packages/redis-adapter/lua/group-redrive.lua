#!lua
local meta = KEYS[1]
local hands = KEYS[2]
local held = KEYS[3]
local open = KEYS[4]
local returned = KEYS[5]
local back = KEYS[6]
local delays = KEYS[7]
local idle = KEYS[8]
local dead = KEYS[9]
local graves = KEYS[10]
local named = KEYS[11]

if #ARGV % 3 ~= 0 or #ARGV > 3000 then return redis.error_reply('MQARGS a redrive is not right') end
for at = 1, #ARGV, 3 do
  local delay = tonumber(ARGV[at + 2])
  if not (delay and delay >= 0 and delay < 1e15 and delay % 1 == 0) then return redis.error_reply('MQARGS a delay is not right') end
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

local function tell(topic, letter)
  local queue, outcomes, name = string.match(meta, '{(.-)}(.-):group%.(.*):meta$')
  local heard = redis.pcall(string.find(topic, '}:hints:', 1, true) and 'SPUBLISH' or 'PUBLISH', topic, letter .. queue .. outcomes .. '/' .. name)
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

local given, limits = '', nil
local function keepLimits()
  if limits then return limits end
  local text = given ~= '' and given or redis.call('HGET', meta, 'keep') or ''
  limits = {}
  for number in string.gmatch(text, '%d+') do limits[#limits + 1] = #number < 17 and tonumber(number) or nil end
  if #limits ~= 6 then limits = { 1209600000, 9007199254740991, 1073741824, 3600000, 10000, 67108864 } end
  return limits
end

local function amount(text) return text and #text < 17 and string.find(text, '^%d+$') and tonumber(text) or 0 end

local function diedAt(n)
  local at = redis.call('ZSCORE', dead, n)
  return at and tonumber(at) > now - keepLimits()[1] and at or nil
end

local function liftDead(bytes)
  local left = redis.call('ZCARD', dead) > 0 and amount(redis.call('HGET', meta, 'deadBytes')) - bytes or 0
  redis.call('HSET', meta, 'deadBytes', string.format('%.0f', math.max(0, left)))
end

for _, key in ipairs({ hands, held, returned, graves, named }) do redis.call('HLEN', key) end
for _, key in ipairs({ open, delays, idle, dead }) do redis.call('ZCARD', key) end
redis.call('LLEN', back)

local function placeOf(id)
  local ms, n = string.match(id, '^(%d+)%-(%d+)$')
  return tonumber(ms), tonumber(n)
end
local cursorMs, cursorN = placeOf(m[2] or '0-0')
-- What a claim took fresh, it took in order and with no other between: only one hand can hold it.
local freshIn = {}
local function isFresh(id, n)
  local hand = redis.call('ZREVRANGEBYSCORE', open, n, '-inf', 'LIMIT', 0, 1)[1]
  if not hand then return false end
  if not freshIn[hand] then
    local bits, index = redis.call('HGET', held, hand) or '', 0
    freshIn[hand] = {}
    for each in string.gmatch(string.match(redis.call('HGET', hands, hand) or '', '|(.*)$') or '', '[^,]+') do
      index = index + 1
      if string.byte(bits, index) == 49 then freshIn[hand][each] = true end
    end
  end
  return freshIn[hand][id]
end
local function livesAgain(id)
  local ms, n = placeOf(id)
  if not ms or ms > cursorMs or (ms == cursorMs and n > cursorN) then return true end
  return redis.call('HEXISTS', returned, id) == 1 or redis.call('HEXISTS', named, id) == 1 or isFresh(id, n)
end

local changed, refused, bytes = 0, {}, 0
for at = 1, #ARGV, 3 do
  local member, diedThen, delay = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local died = diedAt(member)
  local isMeant = m[2] and died and (diedThen == '' or tonumber(died) == tonumber(diedThen))
  local grave = isMeant and redis.call('HGET', graves, member)
  local stamp, text = string.match(grave or '', '^%d+|%d+|%d+|[^\n]*\n(' .. string.rep('%d', 13) .. ')0\n(.*)$')
  local id = stamp and member
  -- Where the log counts the bytes of all before, a grave has nothing.
  if stamp and string.find(member, '^%d+$') then id, text = whole16(tonumber(stamp)) .. '-' .. member, '0 ' .. text end
  if not id or livesAgain(id) then
    refused[#refused + 1] = (at - 1) / 3
  else
    redis.call('HSET', returned, id, '0|0|' .. text)
    redis.call('ZREM', dead, member)
    redis.call('HDEL', graves, member)
    bytes = bytes + #grave
    if delay > 0 then redis.call('ZADD', delays, whole16(now + delay), id) else redis.call('RPUSH', back, id) end
    changed = changed + 1
  end
end
if changed > 0 then liftDead(bytes) end
if changed > 0 and m[3] ~= '1' then wake() end
return { changed, table.concat(refused, ',') }
