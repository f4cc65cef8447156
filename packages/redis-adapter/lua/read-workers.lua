#!lua flags=allow-oom
local workers = KEYS[1]

if #ARGV < 1 or #ARGV > 1000 then return redis.error_reply('MQARGS ids are not right') end
local said = redis.call('HMGET', workers, unpack(ARGV))
local topics, heard, ears = {}, {}, {}
for i = 1, #said do
  topics[i] = string.match(said[i] or '', '^([^\n]+)\n')
  if topics[i] and not heard[topics[i]] then
    heard[topics[i]] = -1
    heard[#heard + 1] = topics[i]
  end
end
if #heard > 0 and type(redis.pcall('CLUSTER', 'MYID')) ~= 'string' then
  local counts = redis.pcall('PUBSUB', 'NUMSUB', unpack(heard))
  for i = 1, #counts, 2 do heard[counts[i]] = counts[i + 1] end
end
for i = 1, #said do ears[i] = heard[topics[i]] or -1 end
return { said, ears }
