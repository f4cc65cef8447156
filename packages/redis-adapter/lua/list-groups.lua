#!lua flags=allow-oom
local seq = KEYS[1]
local readers = KEYS[2]


do
  local stored = redis.call('HGET', seq, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
return redis.call('ZRANGE', readers, 0, 999)
