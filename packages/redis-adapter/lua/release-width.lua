#!lua flags=allow-oom
local meta = KEYS[1]

local had = ARGV[1]
if not string.find(had, '^p%d[%d%.v@%+/#]*$') then return redis.error_reply('MQARGS a layout is not right') end
local layout = redis.call('HGET', meta, 'layout')
if layout and string.find(layout, '^p%d[%d%.v@%+/#]*$') then
  if layout ~= had then return 0 end
  redis.call('HDEL', meta, 'marks')
  redis.call('HSET', meta, 'left', 1)
  redis.call('PEXPIRE', meta, 60000)
  return 1
end

do
  local stored = layout
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
return 0
