#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local producers = KEYS[3]
local lanes = KEYS[4]
local schedules = KEYS[5]

local wanted, instead, sure = ARGV[1], ARGV[2], ARGV[3] == '1'
if #wanted > 200 or not string.find(wanted, '^p%d[%d%.v@%+/#]*$') then return redis.error_reply('MQARGS a layout is not right') end
local layout, left, marks, new = unpack(redis.call('HMGET', meta, 'layout', 'left', 'marks', 'new'))
local has = layout and string.find(layout, '^p%d[%d%.v@%+/#]*$') and layout
if has and has == instead and has ~= wanted then
  -- Those that it is divided into from now on have other places, but for one that was a mistake.
  if not string.find(wanted, '#', 1, true) then redis.call('HDEL', meta, 'marks') end
  redis.call('HSET', meta, 'layout', wanted, 'new', 1)
  has, new = wanted, '1'
end
if has then
  if has == wanted and sure then redis.call('HDEL', meta, 'new') end
  if has == wanted and left then
    -- The key ends with its last field, and its time with it.
    redis.call('HDEL', meta, 'layout', 'left', 'marks', 'new')
    redis.call('HSET', meta, 'layout', has, 'new', 1)
    if marks then redis.call('HSET', meta, 'marks', marks) end
  end
  return { has, ((new and not (sure and has == wanted)) or (left and has == wanted)) and 1 or 0 }
end

do
  local stored = layout
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

if redis.call('EXISTS', meta, tasks, producers, lanes, schedules) > 0 then return { '', 0 } end
redis.call('HSET', meta, 'layout', wanted)
if sure then return { wanted, 0 } end
redis.call('HSET', meta, 'new', 1)
return { wanted, 1 }
