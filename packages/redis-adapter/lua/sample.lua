#!lua
local meta = KEYS[1]
local tasks = KEYS[2]
local LATER = 3
local leases = KEYS[13]
local dead = KEYS[14]
local samples = KEYS[15]
local ticks = KEYS[16]
local hours = KEYS[17]

local newWaits, newRuns = ARGV[1], ARGV[2]
if not newRuns then return redis.error_reply('MQARGS a sample is not right') end
local m = redis.call('HMGET', meta, 'layout', 'completed', 'totals', 'levels', 'n')

do
  local stored = m[1]
  if stored and stored ~= '2' and type(stored) == 'string' and tonumber(stored) ~= 2 then
    return redis.error_reply('MQLAYOUT this queue has layout ' .. string.sub(stored, 1, 20) .. ', this version knows 2')
  end
end
-- A queue that nobody used.
if not m[1] then return 0 end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function amount(text) return text and #text < 17 and string.find(text, '^%d+$') and tonumber(text) or 0 end

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

local there, delayed, running = redis.call('HLEN', tasks), 0, redis.call('ZCARD', leases)
for level in string.gmatch(m[4] or '', '%d') do delayed = delayed + redis.call('ZCARD', KEYS[LATER + level]) end
local depth = { math.max(0, there - delayed - running), delayed, running, redis.call('ZCARD', dead) }
local lengths = { [ticks] = redis.call('LLEN', ticks), [hours] = redis.call('LLEN', hours) }
local t = numbers(m[3], 6)
local completed = amount(m[2])
local enqueued = there + completed + t[3] + t[4] + t[5] - t[6]
local counts = { math.max(0, enqueued), completed, t[1], now }

local tick = math.floor(now / 10000)
if o.tick and o.tick * 10000 > now + 3600000 then
  redis.call('UNLINK', samples, ticks, hours)
  o = {}
end
local write = { 'depth', listed(depth), 'last', listed(counts) }
local function set(name, value)
  write[#write + 1] = name
  write[#write + 1] = type(value) == 'number' and string.format('%.0f', value) or value
end
local function begin(name, number, base)
  set(name, number)
  set(name .. 'Base', listed(base))
end
local function push(key, name, last, number, kept, record)
  if record == '' or (last and number <= last) then return end
  if last and number - last >= kept then
    redis.call('UNLINK', key)
  elseif last then
    local old, place, head = 0, nil, redis.call('LRANGE', key, 0, 8)
    for i = 1, #head do
      place = placeOf(head[i], place)
      if i > 8 or place and number - last + (last - place) % 65536 < kept then break end
      old = i
    end
    if old > 0 then
      local first = head[old + 1]
      local isPlain = first and place and #first == 14
      redis.call('LPOP', key, isPlain and old + 1 or old)
      if isPlain then redis.call('LPUSH', key, placed(place, first)) end
    end
  end
  local follows = last and number == last + 1 and number % 64 ~= 0 and lengths[key] > 0
  redis.call('RPUSH', key, follows and record or placed(number, record))
  set(name, number)
end

if not o.tick then
  -- Numbers of tasks begin at the time of the first one: all that a young queue counted is of these seconds.
  local madeAt = math.floor((amount(m[5]) - counts[1]) / 1000)
  local base = now - madeAt < 20000 and { 0, 0, 0, math.min(madeAt, now) } or counts
  begin('tick', tick, base)
  begin('window', math.floor(now / 150000), base)
  begin('hour', math.floor(now / 3600000), base)
elseif tick > o.tick then
  local last, was = numbers(o.last, 4), numbers(o.depth, 4)
  push(ticks, 'lastTick', o.lastTick, o.tick, 8640,
    recordOf(was, numbers(o.tickBase, 4), last, addCounts({}, o.waits), addCounts({}, o.runs)))
  begin('tick', tick, last)
  local hour, window = math.floor(now / 3600000), math.floor(now / 150000)
  local hourWaits, hourRuns = addCounts(addCounts({}, o.hourWaits), o.waits), addCounts(addCounts({}, o.hourRuns), o.runs)
  local most = numbers(o.hourMost, 4)
  for i = 1, 4 do most[i] = math.max(most[i], was[i]) end
  if not o.hour or hour > o.hour then
    if o.hour then
      push(hours, 'lastHour', o.lastHour, o.hour, 2160, recordOf(most, numbers(o.hourBase, 4), last, hourWaits, hourRuns))
    end
    begin('hour', hour, last)
    hourWaits, hourRuns, most = {}, {}, { 0, 0, 0, 0 }
  end
  set('hourWaits', countsText(hourWaits))
  set('hourRuns', countsText(hourRuns))
  set('hourMost', listed(most))
  local windowWaits = countsText(addCounts(addCounts({}, o.windowWaits), o.waits))
  local windowRuns = countsText(addCounts(addCounts({}, o.windowRuns), o.runs))
  if not o.window or window > o.window then
    set('before', o.window or 0)
    set('beforeBase', o.windowBase or '')
    set('beforeWaits', windowWaits)
    set('beforeRuns', windowRuns)
    begin('window', window, o.window and window > o.window + 1 and counts or last)
    windowWaits, windowRuns = '', ''
  end
  set('windowWaits', windowWaits)
  set('windowRuns', windowRuns)
  o.waits, o.runs = nil, nil
end
set('waits', o.waits and countsText(addCounts(addCounts({}, o.waits), newWaits)) or newWaits)
set('runs', o.runs and countsText(addCounts(addCounts({}, o.runs), newRuns)) or newRuns)
redis.call('HSET', samples, unpack(write))
return 1
