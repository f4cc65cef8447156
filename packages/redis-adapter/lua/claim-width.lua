#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local producers = KEYS[3]
local lanes = KEYS[4]
local schedules = KEYS[5]

local wanted, instead, sure = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
if not (wanted and wanted % 1 == 0 and wanted >= 2 and wanted <= 64) then
  return redis.error_reply('MQARGS a number of partitions is not right')
end
local layout, left, marks, new = unpack(redis.call('HMGET', meta, 'layout', 'left', 'marks', 'new'))
local has = layout and tonumber(string.match(layout, '^p(%d+)$'))
if has and has == instead then
  redis.call('HDEL', meta, 'marks')
  redis.call('HSET', meta, 'layout', 'p' .. string.format('%.0f', wanted))
  has = wanted
end
if has then
  if has == wanted and sure then redis.call('HDEL', meta, 'new') end
  if has == wanted and left then
    -- The key ends with its last field, and its time with it.
    redis.call('HDEL', meta, 'layout', 'left', 'marks', 'new')
    redis.call('HSET', meta, 'layout', 'p' .. string.format('%.0f', has), 'new', 1)
    if marks then redis.call('HSET', meta, 'marks', marks) end
  end
  return { has, ((new and not sure) or left) and 1 or 0 }
end

do
  local stored = layout
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

if redis.call('EXISTS', meta, tasks, producers, lanes, schedules) > 0 then return { 1, 0 } end
redis.call('HSET', meta, 'layout', 'p' .. string.format('%.0f', wanted))
if sure then return { wanted, 0 } end
redis.call('HSET', meta, 'new', 1)
return { wanted, 1 }
