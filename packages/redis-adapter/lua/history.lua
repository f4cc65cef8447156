#!lua flags=allow-oom
local meta = KEYS[1]
local samples = KEYS[2]
local ticks = KEYS[3]
local hours = KEYS[4]

local isHourly, skip, limit = ARGV[1] == '1', tonumber(ARGV[2]), tonumber(ARGV[3])
if not (skip and skip >= 0 and limit and limit >= 1 and limit <= 1000) then
  return redis.error_reply('MQARGS a page is not right')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

do
  local stored = redis.call('HGET', meta, 'layout')
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end

local o = {}
do
  local names = { 'tick', 'tickBase', 'waits', 'runs', 'depth', 'last', 'hour', 'hourBase', 'hourWaits', 'hourRuns', 'hourMost', 'window', 'windowBase', 'windowWaits', 'windowRuns', 'lastTick', 'lastHour' }
  local values = redis.call('HMGET', samples, unpack(names))
  for i = 1, #names do o[names[i]] = values[i] or nil end
  for _, name in ipairs({ 'tick', 'hour', 'window', 'lastTick', 'lastHour' }) do
    local text = o[name]
    o[name] = text and #text < 13 and string.find(text, '^%d+$') and tonumber(text) or nil
  end
end

local function numbers(text, count)
  local found = {}
  for digits in string.gmatch(text or '', '[^,]+') do
    found[#found + 1] = #digits < 17 and string.find(digits, '^%d+$') and tonumber(digits) or 0
  end
  for i = #found + 1, count do found[i] = 0 end
  return found
end
local function listed(values)
  local texts = {}
  for i = 1, #values do texts[i] = string.format('%.0f', values[i]) end
  return table.concat(texts, ',')
end

local function addCounts(counts, text)
  local bucket = 240
  for digits, colon in string.gmatch(text or '', '(%d+)(:?)') do
    if colon == ':' then
      bucket = tonumber(digits)
    elseif bucket < 240 then
      if #digits < 14 then counts[bucket] = math.min(999999999, (counts[bucket] or 0) + tonumber(digits)) end
      bucket = bucket + 1
    end
  end
  return counts
end
local function countsText(counts)
  local texts, before = {}, -2
  for bucket = 0, 239 do
    local count = counts[bucket]
    if count then
      local text = string.format('%.0f', count)
      texts[#texts + 1] = bucket == before + 1 and text or bucket .. ':' .. text
      before = bucket
    end
  end
  return table.concat(texts, ',')
end

local function code(value, most, factor)
  return value > 0 and math.min(most, math.floor(math.log(1 + value) * factor + 0.5)) or 0
end
local function ten(value) return code(value, 1022, 49.316551164856165) end
local function byte(value) return code(value, 255, 12.305010319998358) end
local function percentiles(counts)
  local total = 0
  for bucket = 0, 239 do total = total + (counts[bucket] or 0) end
  if total == 0 then return 0, 0, 0 end
  local found, sum, bucket = {}, 0, -1
  for i, part in ipairs({ 0.5, 0.95, 0.99 }) do
    local rank = math.ceil(total * part)
    while sum < rank do
      bucket = bucket + 1
      sum = sum + (counts[bucket] or 0)
    end
    found[i] = bucket + 1
  end
  return unpack(found)
end
local function recordOf(depth, base, last, waits, runs)
  local enqueued, completed, failed = last[1] - base[1], last[2] - base[2], last[3] - base[3]
  local w50, w95, w99 = percentiles(waits)
  local r50, r95, r99 = percentiles(runs)
  if math.max(enqueued, completed, failed, w50, r50, unpack(depth)) <= 0 then return '' end
  local head = ((ten(depth[1]) + 1) * 1024 + ten(enqueued)) * 1048576 + ten(completed) * 1024 + ten(failed)
  local bytes = {}
  for i = 5, 1, -1 do
    bytes[i] = head % 256
    head = math.floor(head / 256)
  end
  return string.char(bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], byte(depth[2]), byte(depth[3]), byte(depth[4]),
    w50, w95, w99, r50, r95, r99)
end

local function placed(number, record)
  return string.char(math.floor(number / 256) % 256, number % 256) .. record
end
local function placeOf(entry, before)
  if #entry == 14 then return before and (before + 1) % 65536 end
  if #entry ~= 16 then return nil end
  local high, low = string.byte(entry, 1, 2)
  return high * 256 + low
end

local function whole(number) return string.format('%.0f', number or -1) end
local key = isHourly and hours or ticks
-- Back to the record before the page that bears its number.
local length, some = redis.call('LLEN', key), {}
local entries = redis.call('LRANGE', key, -skip - limit - 63, -skip - 1)
local extra, place = #entries - math.min(limit, math.max(0, length - skip)), nil
for i = 1, #entries do
  place = placeOf(entries[i], place)
  if place and i > extra then some[#some + 1] = placed(place, string.sub(entries[i], -14)) end
end
local high = {}
for byte = 126, 255 do
  local second = byte >= 190
  high[string.char(byte)] = string.char(second and 127 or 126, byte - (second and 190 or 126))
end
local function ascii(text) return (string.gsub(text, '[\126-\255]', high)) end
local open, last, depth = '', numbers(o.last, 4), numbers(o.depth, 4)
local number = isHourly and o.hour or o.tick
if skip == 0 and number then
  local waits, runs, base = addCounts({}, o.waits), addCounts({}, o.runs), numbers(isHourly and o.hourBase or o.tickBase, 4)
  if isHourly then
    addCounts(waits, o.hourWaits)
    addCounts(runs, o.hourRuns)
    local most = numbers(o.hourMost, 4)
    for i = 1, 4 do depth[i] = math.max(most[i], depth[i]) end
  end
  open = recordOf(depth, base, last, waits, runs)
end
return { now, whole(isHourly and o.lastHour or o.lastTick), ascii(table.concat(some)), length, whole(number), ascii(open) }
