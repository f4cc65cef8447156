#!lua flags=allow-oom
local seq = KEYS[1]
local log = KEYS[2]

local epoch, n = ARGV[1], tonumber(ARGV[2])
if not n then return redis.error_reply('MQARGS a position is not right') end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
local function whole16(number) return string.format('%.0f', number) end


do
  local stored = redis.call('HGET', seq, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this channel has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end


local function placeOf(start)
  local function ownNumber(entry)
    local s, fields = digits(string.match(entry[1], '%-(%d+)$')), entry[2]
    return s and fields[1] == 'm' and string.match(fields[2], '^%d+ %d+ (%d+) ') == s and tonumber(s) or nil
  end

  local function messageFrom(from)
    for _, count in ipairs({ 1, 64 }) do
      local some = redis.call('XRANGE', log, from, '+', 'COUNT', count)
      for i = 1, #some do
        if ownNumber(some[i]) then return tonumber(string.match(some[i][1], '^%d+')), ownNumber(some[i]) end
      end
    end
  end
  local function idBefore(id)
    local ms, s = string.match(id, '^(%d+)%-(%d+)$')
    -- 2^53 - 2: no message has such a number, and Lua has no larger ones to the last digit.
    if s == '0' then return whole16(tonumber(ms) - 1) .. '-9007199254740990' end
    return ms .. '-' .. whole16(math.min(9007199254740990, tonumber(s) - 1))
  end
  local known = redis.call('HMGET', seq, 'epoch', 'n', 'at', 'epochs')
  local n, at = tonumber(digits(known[2]) or ''), tonumber(digits(known[3]) or '')
  local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  if oldest and not (n and at) then
    local function ownNumber(entry)
      local s, fields = digits(string.match(entry[1], '%-(%d+)$')), entry[2]
      return s and fields[1] == 'm' and string.match(fields[2], '^%d+ %d+ (%d+) ') == s and tonumber(s) or nil
    end

    local function endOfLog()
      local ms
      for _, count in ipairs({ 1, 64 }) do
        local some = redis.call('XREVRANGE', log, '+', '-', 'COUNT', count)
        ms = some[1] and tonumber(string.match(some[1][1], '^%d+'))
        for i = 1, #some do
          if ownNumber(some[i]) then return ms, ownNumber(some[i]) end
        end
      end
      return ms
    end
    at, n = endOfLog()
  end
  n, at = n or 0, at or 0
  local kind, rest = string.match(start, '^(%a+) ?(.*)$')
  local found = oldest
  if kind == 'since' then found = redis.call('XRANGE', log, whole16(math.max(0, now - tonumber(rest))), '+', 'COUNT', 1)[1] end
  local epoch, p = string.match(rest or '', '^(%S+) (%d+)$')
  -- What an epoch's numbers may be is cut off where the next one began.
  local isKnown, upTo = false, n
  for other, first in string.gmatch(known[4] or '', '(%d+):(%d+)') do
    if isKnown then
      upTo = tonumber(first) - 1
      break
    end
    isKnown = other == epoch
  end
  isKnown = isKnown or (epoch ~= nil and epoch == known[1])
  if kind == 'position' and isKnown then
    p = math.min(tonumber(p), upTo)
    if p >= n or not oldest then return whole16(at) .. '-' .. whole16(n), n end
    local low, first = messageFrom(oldest[1])
    if not low or first > p then return idBefore(oldest[1]), p end
    local high = at
    while low < high do
      local middle = math.floor((low + high + 1) / 2)
      local ms, number = messageFrom(whole16(middle))
      if number and number <= p then low = ms else high = middle - 1 end
    end
    return whole16(low) .. '-' .. whole16(p), p
  end
  if kind == 'latest' or not found then return whole16(at) .. '-' .. whole16(n), n end
  local _, first = messageFrom(found[1])
  return idBefore(found[1]), first and first - 1 or 0
end

local id = placeOf('position ' .. epoch .. ' ' .. whole16(n))
if not string.match(id, '%-' .. whole16(n) .. '$') or not redis.call('XRANGE', log, id, id)[1] then return -1 end
return math.max(0, now - tonumber(string.match(id, '^%d+')))
