#!lua flags=allow-oom
local meta = KEYS[1]
local idle = KEYS[2]

local paused, listeners, order = ARGV[1] == '1', ARGV[2], tonumber(ARGV[3])
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

local function wake()
  for _ = 1, 64 do
    local w = redis.call('ZPOPMAX', idle)
    if not w[1] then return end
    local topic = string.match(w[1], '^(.*)|')
    if topic and tell(topic, 'w') > 0 then return end
  end
end

redis.call('ZCARD', idle)
local last = m[6] and 1 or 0
if order then
  local stored = redis.call('HGET', meta, 'order')
  last = stored and #stored < 14 and string.find(stored, '^%d+$') and tonumber(stored) or last
  if order <= last then return { 0, last } end
  redis.call('HSET', meta, 'layout', 2, 'order', string.format('%.0f', order))
end
if paused == not not m[6] then return { 0, order or last } end
if paused then
  redis.call('HSET', meta, 'layout', 2, 'paused', 1)
  tell(listeners, 's')
else
  redis.call('HDEL', meta, 'paused')
  wake()
end
return { 1, order or last }
