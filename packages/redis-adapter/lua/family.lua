#!lua flags=allow-oom
local meta = KEYS[1]
local LATER = 2
local ids = KEYS[12]
local flow = { kin = KEYS[13] }

local task, from, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if not (from and from >= 0 and from % 1 == 0 and limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then
  return redis.error_reply('MQARGS a family is not right')
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

local n = string.match(task, '^#(%d+)$')
if not n then n = string.match(redis.call('HGET', ids, string.sub(task, 2)) or '', '^%d+') end
local head, parents, id = false, false, false
if n then head, parents, id = unpack(redis.call('HMGET', flow.kin, n, 'f' .. n, 'i' .. n)) end
if not head or not parents then return {} end
local blocked = 0
for level in string.gmatch(m[3], '%d') do
  local due = redis.call('ZSCORE', KEYS[LATER + level], n)
  if due and tonumber(due) >= 4000000000000000 then blocked = 1 end
end
local page, queue, index, bytes, listed = { n, head, blocked, id or '' }, '', 0, 0, 0
for word in string.gmatch(parents, '%S+') do
  if string.sub(word, 1, 1) == '@' then
    queue = string.sub(word, 2)
  else
    if index >= from then
      if listed == limit or bytes > 4194304 then break end
      local ended = redis.call('HGET', flow.kin, n .. '.' .. index) or ''
      page[#page + 1] = queue .. ' ' .. word
      page[#page + 1] = ended
      listed, bytes = listed + 1, bytes + #ended
    end
    index = index + 1
  end
end
return page
