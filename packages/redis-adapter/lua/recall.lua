#!lua flags=allow-oom
local meta = KEYS[1]
local producers = KEYS[2]


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
local lane, seq = ARGV[1], tonumber(ARGV[2])
local lastSeq, receipts = string.match(redis.call('HGET', producers, lane) or '', '^(%d+)|%d+|(.*)$')
return tonumber(lastSeq) == seq and receipts or nil
