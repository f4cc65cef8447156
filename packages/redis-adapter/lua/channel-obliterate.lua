#!lua flags=allow-oom
local seq = KEYS[1]
local publishers = KEYS[2]
local log = KEYS[3]
local readers = KEYS[4]
local floors = KEYS[5]
local alive = KEYS[6]
local bells = KEYS[7]


do
  local stored = redis.pcall('HGET', seq, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
local found = {}
local function add(names)
  for i = 1, names.err and 0 or #names do
    if #names[i] <= 128 and string.find(names[i], '^[%w._-]+$') then found[#found + 1] = names[i] end
  end
end
for _, key in ipairs({ readers, alive }) do add(redis.pcall('ZRANGE', key, 0, 999)) end
for _, key in ipairs({ floors, bells }) do add(redis.pcall('HRANDFIELD', key, 1000)) end
if #found == 0 then redis.call('UNLINK', seq, publishers, log, readers, floors, alive, bells) end
return found
