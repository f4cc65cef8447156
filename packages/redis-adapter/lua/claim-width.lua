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
local isReplaced = has and has == instead and has ~= wanted and (sure or not left)
if isReplaced then has = wanted end
if has then
  local isAsWanted = has == wanted
  local number = string.match(wanted, '^p(%d+)$')
  if number then
    -- A definition says only how many, now or before.
    local was = string.match(has, '/([%d%.]+)') or ''
    isAsWanted = isAsWanted or (string.find('+' .. string.sub(has, 2), '+' .. number .. 'v', 1, true)
      or string.find('.' .. was .. '.', '.' .. number .. '.', 1, true)) ~= nil
  end
  if isReplaced or (left and isAsWanted) then
    -- The key ends with its last field, and its time with it.
    redis.call('HDEL', meta, 'layout', 'left', 'marks', 'new')
    redis.call('HSET', meta, 'layout', has, 'new', 1)
    if marks then redis.call('HSET', meta, 'marks', marks) end
    left, new = nil, '1'
  end
  if has == wanted and sure then
    redis.call('HDEL', meta, 'new')
    new = nil
  end
  return { has, left and 2 or new and 1 or 0 }
end

do
  local stored = layout
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if redis.call('EXISTS', meta, tasks, producers, lanes, schedules) > 0 then return { '', 0 } end
if not sure and not string.find(wanted, '#', 1, true) then
  wanted = string.format('%sv%s@0#%s', wanted, time[1], time[1])
end
redis.call('HSET', meta, 'layout', wanted)
if sure then return { wanted, 0 } end
redis.call('HSET', meta, 'new', 1)
return { wanted, 1 }
