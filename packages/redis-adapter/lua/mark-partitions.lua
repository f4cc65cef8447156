#!lua flags=allow-oom
local meta = KEYS[1]

local of = ARGV[1]
if not string.find(of, '^p%d[%d%.v@%+/#]*$') or (#ARGV - 1) % 2 ~= 0 then return redis.error_reply('MQARGS marks are not right') end
local layout, left, stored = unpack(redis.call('HMGET', meta, 'layout', 'left', 'marks'))
local has = layout and string.find(layout, '^p%d[%d%.v@%+/#]*$') and layout
local plain = not has and layout
if has ~= of then
  
do
  local stored = plain
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
return { has or '', 0, '0', '' }
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

if #ARGV > 1 then
  local ats, untils = {}, {}
  for index, at, till in string.gmatch(stored or '', '(%d+):(%d+):(%d+)') do
    ats[tonumber(index)], untils[tonumber(index)] = tonumber(at), tonumber(till)
  end
  for i = 2, #ARGV, 2 do
    local index, forMs = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
    if not (index and forMs and index >= 0 and index < 100 and index % 1 == 0 and forMs >= 1) then
      return redis.error_reply('MQARGS a mark is not right')
    end
    ats[index], untils[index] = now, math.max(now + forMs, untils[index] or 0)
  end
  local kept = {}
  for index = 0, 99 do
    if ats[index] and math.max(ats[index], untils[index]) > now - 3600000 then
      kept[#kept + 1] = string.format('%.0f:%.0f:%.0f', index, ats[index], untils[index])
    end
  end
  stored = table.concat(kept, ',')
  redis.call('HSET', meta, 'marks', stored)
end
return { has, left and 1 or 0, string.format('%.0f', now), stored or '' }
