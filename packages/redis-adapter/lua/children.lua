#!lua flags=allow-oom
local meta = KEYS[1]
local flow = { edges = KEYS[2] }

local n, after, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not string.find(n, '^%d+$') or not (limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then
  return redis.error_reply('MQARGS a page of children is not right')
end

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

local found = redis.call('ZRANGE', flow.edges, '(' .. n .. ':' .. after, '(' .. n .. ';', 'BYLEX', 'LIMIT', 0, limit + 1)
for i = 1, #found do found[i] = string.sub(found[i], #n + 2) end
return found
