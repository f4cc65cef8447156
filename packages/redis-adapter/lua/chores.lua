#!lua flags=allow-oom
local meta = KEYS[1]
local tasks = KEYS[2]
local results = KEYS[3]
local graves = KEYS[4]
local flow = { kin = KEYS[5], edges = KEYS[6], chores = KEYS[7] }

local limit = tonumber(ARGV[1])
if not (limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then return redis.error_reply('MQARGS chores are not right') end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

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

if not m[15] then return {} end
for _, key in ipairs({ tasks, results, graves, flow.kin }) do redis.call('HLEN', key) end
redis.call('ZCARD', flow.edges)
local names, taken, bytes, forgotten = redis.call('ZRANGEBYSCORE', flow.chores, '-inf', now, 'LIMIT', 0, limit), {}, 0, 0
if #names < limit then
  local slow = redis.call('ZRANGEBYSCORE', flow.chores, 2000000000000000, string.format('%.0f', 2000000000000000 + now), 'LIMIT', 0, limit - #names)
  for i = 1, #slow do names[#names + 1] = slow[i] end
end
local function forget(name, value)
  local n = string.sub(name, 2)
  local from = tonumber(string.match(value, '|(%d+)$') or nil) or 0
  local count = tonumber(string.match(redis.call('HGET', flow.kin, n) or '', '^%a %d+ %d+ (%d+) ') or nil) or 0
  local gone = {}
  for index = from, math.min(count, from + 1000) - 1 do gone[#gone + 1] = n .. '.' .. index end
  if #gone > 0 then redis.call('HDEL', flow.kin, unpack(gone)) end
  forgotten = forgotten + #gone
  if from + 1000 < count then
    taken[#taken + 1] = { name, '', {} }
    redis.call('HSET', flow.kin, '!' .. name, string.format('0|%.0f', from + 1000))
  else
    redis.call('HDEL', flow.kin, '!' .. name)
    redis.call('ZREM', flow.chores, name)
  end
end
for i = 1, #names do
  local name = names[i]
  local value, kind = redis.call('HGET', flow.kin, '!' .. name), string.sub(name, 1, 1)
  if not value or not string.find(name, '^[cden]%d+$') then
    redis.call('ZREM', flow.chores, name)
    redis.call('HDEL', flow.kin, '!' .. name)
    taken[#taken + 1] = { name, '', {} }
  elseif kind == 'd' then
    if forgotten < 1000 then forget(name, value) else taken[#taken + 1] = { name, '', {} } end
  else
    bytes = bytes + #value
    if #taken > 0 and bytes > 4194304 then break end
    redis.call('ZADD', flow.chores, string.format('%.0f', now + 5000), name)
    local children, n = {}, string.sub(name, 2)
    if kind == 'e' then children = redis.call('ZRANGE', flow.edges, '[' .. n .. ':', '(' .. n .. ';', 'BYLEX', 'LIMIT', 0, 101) end
    for k = 1, #children do children[k] = string.sub(children[k], #n + 2) end
    taken[#taken + 1] = { name, value, children }
  end
end
if #names > 0 then
  local known, gone = redis.call('HRANDFIELD', flow.kin, 16 + 2 * #names), {}
  for i = 1, math.min(#known, 200) do
    local n = string.match(known[i], '^[fi]?(%d+)$') or string.match(known[i], '^(%d+)%.%d+$')
    if n and redis.call('HEXISTS', tasks, n) + redis.call('HEXISTS', graves, n) + redis.call('HEXISTS', results, n) == 0 then gone[#gone + 1] = known[i] end
  end
  if #gone > 0 then redis.call('HDEL', flow.kin, unpack(gone)) end
end
return taken
