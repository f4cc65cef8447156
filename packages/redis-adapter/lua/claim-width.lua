#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local producers = KEYS[3]
local lanes = KEYS[4]
local schedules = KEYS[5]

local wanted = tonumber(ARGV[1])
if not (wanted and wanted % 1 == 0 and wanted >= 2 and wanted <= 64) then
  return redis.error_reply('MQARGS a number of partitions is not right')
end
local layout, left, marks = unpack(redis.call('HMGET', meta, 'layout', 'left', 'marks'))
local has = layout and tonumber(string.match(layout, '^p(%d+)$'))
if has then
  if has == wanted and left then
    -- The key ends with its last field, and its time with it.
    redis.call('HDEL', meta, 'layout', 'left', 'marks')
    redis.call('HSET', meta, 'layout', layout)
    if marks then redis.call('HSET', meta, 'marks', marks) end
  end
  return has
end

do
  local stored = layout
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

if redis.call('EXISTS', meta, tasks, producers, lanes, schedules) > 0 then return 1 end
redis.call('HSET', meta, 'layout', 'p' .. string.format('%.0f', wanted))
return wanted
