#!lua flags=allow-oom
local meta = KEYS[1]
local schedules = KEYS[2]

local name = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

do
  local stored = redis.call('HGET', meta, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

local ticker = redis.call('HGET', meta, 'ticker')
ticker = ticker and #ticker < 17 and string.find(ticker, '^%d+$') and math.max(0, now - tonumber(ticker)) or -1

return { now, redis.call('HGET', schedules, name), ticker }
