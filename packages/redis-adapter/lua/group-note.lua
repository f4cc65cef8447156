#!lua flags=allow-oom
local meta = KEYS[1]
local leases = KEYS[2]
local hands = KEYS[3]
local held = KEYS[4]
local notes = KEYS[5]


local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
local function whole16(number) return string.format('%.0f', number) end

local m = redis.call('HMGET', meta, 'layout', 'cursor', 'paused', 'seen', 'fence', 'leaseMs', 'recoverAfter', 'read',
  'lost', 'out', 'floor', 'unreported', 'ordered')

do
  local stored = m[1]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this group has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
for i = 4, 10 do m[i] = digits(m[i]) end
m[2] = m[2] and #m[2] < 42 and string.find(m[2], '^%d+%-%d+$') and m[8] and m[2] or nil

redis.call('HLEN', notes)
redis.call('HLEN', hands)
redis.call('HLEN', held)
local states = {}
for at = 1, #ARGV, 3 do
  local lease, kind, body = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local hand, index = string.match(lease, '^(%d+)%.(%d+)$')
  local bits = hand and redis.call('ZSCORE', leases, hand) and redis.call('HGET', held, hand) or ''
  local bit = hand and string.byte(bits, tonumber(index)) or 48
  states[#states + 1] = bit == 48 and '0' or '1'
  if bit == 50 and kind == 'start' then
    redis.call('HSET', held, hand, string.sub(bits, 1, index - 1) .. '3' .. string.sub(bits, index + 1))
  elseif bit ~= 48 and kind == 'memo' then
    local at = 0
    for id in string.gmatch(string.match(redis.call('HGET', hands, hand) or '', '|(.*)$') or '', '[^,]+') do
      at = at + 1
      if at == tonumber(index) then redis.call('HSET', notes, id, body) end
    end
  end
end
return table.concat(states)
