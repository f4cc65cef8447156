#!lua flags=allow-oom
local meta = KEYS[1]
local tasks = KEYS[2]
local READY = 3
local LATER = 13
local suspects = KEYS[23]
local moved = KEYS[24]
local leases = KEYS[25]
local runs = KEYS[26]
local crashes = KEYS[27]
local failures = KEYS[28]
local results = KEYS[29]
local order = KEYS[30]
local keyed = KEYS[31]

local state, limit, maxBytes, hasPayloads, key = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1', ARGV[5]
if not (limit and maxBytes and limit >= 1 and limit <= 1000 and limit % 1 == 0) then
  return redis.error_reply('MQARGS a page is not right')
end

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

local function whole(text)
  return text and string.find(text, '^%d+$') and #text < 10 and tonumber(text) or 0
end

local given, limits = '', nil
local function keepLimits()
  if limits then return limits end
  local text = given ~= '' and given or m[8] or ''
  limits = {}
  for number in string.gmatch(text, '%d+') do limits[#limits + 1] = #number < 17 and tonumber(number) or nil end
  if #limits ~= 6 then limits = { 1209600000, 9007199254740991, 1073741824, 3600000, 10000, 67108864 } end
  return limits
end

local function levelOf(record)
  local level = tonumber(string.sub(record, 14, 14))
  if level and string.find(m[3], level, 1, true) then return level end
  return tonumber(string.sub(m[3], 1, 1))
end

local function fitting(ns, most, hasSome)
  for i = 1, #ns do
    local size = redis.call('HSTRLEN', tasks, ns[i])
    if size > most and hasSome then return i - 1 end
    if size > 0 then hasSome = true end
    most = most - size
  end
  return #ns
end

local page, listed, bytes = {}, 0, 0
local hasFailures, hasCrashes = redis.call('HLEN', failures) > 0, redis.call('HLEN', crashes) > 0
local function add(ns, extras, isAll)
  local fit = not isAll and m[7] and fitting(ns, maxBytes - bytes, listed > 0) or #ns
  if fit == 0 then return 0 end
  local found = redis.call('HMGET', tasks, unpack(ns, 1, fit))
  local failed = hasFailures and redis.call('HMGET', failures, unpack(ns, 1, fit)) or {}
  local crashed = hasCrashes and redis.call('HMGET', crashes, unpack(ns, 1, fit)) or {}
  for i = 1, fit do
    local record = found[i]
    if record and string.find(ns[i], '^%d+$') then
      bytes = bytes + #record
      listed = listed + 1
      page[#page + 1] = ns[i]
      page[#page + 1] = hasPayloads and record or string.sub(record, 1, string.find(record, '\n', 15, true) or 0)
      page[#page + 1] = #record
      page[#page + 1] = whole(failed[i])
      page[#page + 1] = whole(crashed[i])
      page[#page + 1] = extras and extras[i] or ''
    end
  end
  return fit
end

local function find(key, index, anchors, isFromTail)
  local length = redis.call('LLEN', key)
  local function at(i)
    if isFromTail then i = -1 - i end
    return redis.call('LRANGE', key, i, i)[1]
  end
  -- One alone may have been moved to the tail: another one has to be near it.
  local function hasCompany(i, k)
    if #anchors < 2 then return true end
    local first, last = math.max(0, i - 10), i
    for _, n in ipairs(redis.call('LRANGE', key, isFromTail and -1 - last or first, isFromTail and -1 - first or last)) do
      for other = k + 1, #anchors do
        if n == anchors[other] then return true end
      end
    end
    return false
  end
  if anchors[1] and at(index) == anchors[1] and hasCompany(index, 1) then return index, 1 end
  if index < 5000 then
    for k = 1, #anchors do
      local n = anchors[k]
      local i = redis.call('LPOS', key, n, 'RANK', isFromTail and -1 or 1, 'MAXLEN', index + 500)
      i = i and (isFromTail and length - 1 - i or i)
      if i and hasCompany(i, k) then return i, k end
    end
    return nil
  end
  if #anchors == 0 then return nil end
  local function near(middle)
    local first = math.max(0, middle - 500)
    local last = math.min(length - 1, middle + 500)
    local line = redis.call('LRANGE', key, isFromTail and -1 - last or first, isFromTail and -1 - first or last)
    for k = 1, #anchors do
      for i = 1, #line do
        local place = isFromTail and last + 1 - i or first + i - 1
        if line[i] == anchors[k] and hasCompany(place, k) then return place, k end
      end
    end
  end
  local i, k = near(index)
  if i then return i, k end
  -- Most numbers of a line rise.
  local low, high, wanted = 0, length - 1, tonumber(anchors[1])
  while low < high do
    local middle = math.floor((low + high) / 2)
    local n = tonumber(at(middle) or '') or tonumber(at(middle + 1) or '') or wanted
    if (isFromTail and n > wanted) or (not isFromTail and n < wanted) then low = middle + 1 else high = middle end
  end
  return near(low)
end

local function readPlace(place)
  local digits = string.match(place or '', '^(%d+):')
  local at = digits and #digits < 6 and #digits + 1 + tonumber(digits)
  if not at then return nil end
  local level, class, rank, n, weight = string.match(place, '^(%d)([01])0*(%d+):?(%d*)w?(%d*)$', at + 1)
  if not level then return nil end
  return string.sub(place, 1, at), 9 - level, class, n ~= '' and n or rank, tonumber(weight) or 1
end
local function numberIn(place)
  local _, _, _, n = readPlace(place)
  return n
end

local following = ''
if state == 'waiting' then
  if key == '' then
    do
      local line, index, left = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
      if line == 'k' then index, left = nil, nil end
      if not (line == '' or string.find(line, '^[%dsk]$')) or (index and not left) then return redis.error_reply('MQARGS a page is not right') end
      local known, ANCHORS = {}, 9 -- ARGV[ANCHORS], then every second
      for at = ANCHORS, #ARGV, 2 do
        local n, run = ARGV[at], ARGV[at + 1]
        if whole(redis.call('HGET', runs, n)) == tonumber(run) then known[#known + 1] = n end
      end
      -- A task that was moved may have left its number in the middle of a long list.
      local function dropMoved(ns, place)
        local names = {}
        for i = 1, #ns do names[i] = place .. '|' .. ns[i] end
        local marks = redis.call('HMGET', moved, unpack(names))
        for i = 1, #ns do
          local record = marks[i] and redis.call('HGET', tasks, ns[i])
          if record then
            local isHere = tostring(levelOf(record)) == place and not redis.call('ZSCORE', KEYS[LATER + levelOf(record)], ns[i])
              and not redis.call('ZSCORE', leases, ns[i] .. '#' .. whole(redis.call('HGET', runs, ns[i])))
            if not isHere then ns[i] = '' end
          end
        end
      end
      local passed, isCut, places = 0, false, line == 'k' and '' or m[3] .. 's'
      for at = 1, #places do
        local place = string.sub(places, at, at)
        local level = tonumber(place)
        if line == '' or place == line or not level or (tonumber(line) and level < tonumber(line)) then
          local key, before, rest = level and KEYS[READY + level] or suspects, -1, nil
          rest = redis.call('LLEN', key)
          if place == line and index then
            local found, which = math.min(index, rest - 1), 1
            -- Nothing but entries of another program was looked at: they are gone when a claim comes to them.
            if #ARGV >= ANCHORS then found, which = find(key, index, known, false) end
            -- From an older one on, some more are left.
            if found then before, rest = found, math.min(rest - found - 1, which == 1 and left or left + 1000) end
          end
          local last, isBegun = {}, before >= 0
          if isBegun then
            for i = #known, 1, -1 do last[#last + 1] = known[i] end
          end
          while rest > 0 do
            if listed >= limit or passed >= 5000 or isCut then
              following = place
              if isBegun then
                following = place .. ':' .. before .. ':' .. rest
                for i = #last, math.max(1, #last - 3), -1 do
                  following = following .. ':' .. last[i] .. ':' .. whole(redis.call('HGET', runs, last[i]))
                end
              end
              return { following, page }
            end
            local ns = redis.call('LRANGE', key, before + 1, before + math.min(limit - listed, rest))
            if #ns == 0 then break end
            if m[11] and level then dropMoved(ns, place) end
            local fit = add(ns)
            isCut = fit < #ns
            for i = 1, fit do
              if #ns[i] < 17 and string.find(ns[i], '^%d+$') then last[#last + 1] = ns[i] end
            end
            before, rest, passed, isBegun = before + fit, rest - fit, passed + fit, isBegun or fit > 0
          end
        end
      end
    end
  end
  if m[14] then
    local line, place = ARGV[6], ARGV[7]
    local last = line == 'k' and string.gsub(place, '%x%x', function(hex) return string.char(tonumber(hex, 16)) end) or ''
    local function nextOf() return 'k' .. (last ~= '' and ':' .. string.gsub(last, '.', function(byte) return string.format('%02x', string.byte(byte)) end) or '') end
    local from, to = last == '' and '-' or '(' .. last, '+'
    if key ~= '' then
      -- Whose cursor it is does not matter.
      if string.sub(last, 1, #key) ~= key then from = '[' .. key end
      to = '(' .. key .. ':'
    end
    while true do
      local some = math.max(1, limit - listed)
      local list, ns = redis.call('ZRANGE', keyed, from, to, 'BYLEX', 'LIMIT', 0, some), {}
      if #list == 0 then break end
      for i = 1, #list do ns[i] = numberIn(list[i]) or '' end
      if listed >= limit then
        following = nextOf()
        break
      end
      local fit = add(ns)
      if fit > 0 then last = list[fit] end
      if fit < #ns then
        following = nextOf()
        break
      end
      from = '(' .. last
    end
  end
elseif state == 'delayed' or state == 'blocked' then
  do
    local due, dueLevel, member, till = ARGV[6], tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9])
    if due ~= '' and not dueLevel then return redis.error_reply('MQARGS a page is not right') end
    -- In hexadecimal: it may be of any bytes.
    local text = string.gsub(member, '..', function(hex) return string.char(tonumber(hex, 16) or 0) end)
    -- How many of a level come before what is listed next.
    local function passed(key, level)
      if due == '' then return 0 end
      if level > dueLevel then return redis.call('ZCOUNT', key, '-inf', due) end
      local low = redis.call('ZCOUNT', key, '-inf', '(' .. due)
      if level < dueLevel then return low end
      local high = low + redis.call('ZCOUNT', key, due, due)
      while low < high do
        local middle = math.floor((low + high) / 2)
        if redis.call('ZRANGE', key, middle, middle)[1] > text then high = middle else low = middle + 1 end
      end
      return low
    end
    local lines, latest = {}, -math.huge
    for digit in string.gmatch(m[3], '%d') do
      local level = tonumber(digit)
      local key = KEYS[LATER + level]
      local first = passed(key, level)
      local some = redis.call('ZRANGE', key, first, first + limit - 1, 'WITHSCORES')
      lines[#lines + 1] = { level = level, some = some, at = 1, isCut = #some == 2 * limit }
      if not till then latest = math.max(latest, tonumber(redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2] or latest)) end
    end
    till = till or latest
    local function earliest()
      local best, time
      for _, line in ipairs(lines) do
        local at = tonumber(line.some[line.at + 1])
        if at and at <= till and (not time or at < time) then best, time = line, at end
      end
      return best
    end
    local ns, times, levels, best = {}, {}, {}, earliest()
    while best and #ns < limit do
      ns[#ns + 1] = best.some[best.at]
      times[#ns] = best.some[best.at + 1]
      levels[#ns] = best.level
      best.at = best.at + 2
      best = earliest()
    end
    local fit = #ns > 0 and add(ns, times) or 0
    local isMore = fit < #ns or best ~= nil
    for _, line in ipairs(lines) do isMore = isMore or line.isCut end
    if fit > 0 and isMore then
      -- What another program wrote is passed by: behind the beginning of it.
      local n = ns[fit]
      if #n > 16 or not string.find(n, '^%d+$') then n = string.sub(n, 1, 40) .. '\255' end
      following = times[fit] .. ':' .. levels[fit] .. ':' .. string.gsub(n, '.', function(byte) return string.format('%02x', string.byte(byte)) end) .. ':' .. string.format('%.0f', till)
    end
  end
elseif state == 'running' then
  do
    local floor, top, scan = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
    floor, scan = floor or 0, scan == '' and '0' or scan
    if top == 0 then top = nil end
    if redis.call('ZCARD', leases) <= 1000 then
      local all, found = redis.call('ZRANGE', leases, 0, 1000, 'WITHSCORES'), {}
      for i = 1, #all, 2 do
        local n = string.match(all[i], '^(%d+)#%d+$')
        if n and #n < 17 and tonumber(n) > floor and (not top or tonumber(n) <= top) then found[#found + 1] = { tonumber(n), n, all[i + 1] } end
      end
      table.sort(found, function(one, other) return one[1] < other[1] end)
      local ns, times = {}, {}
      for i = 1, math.min(limit, #found) do ns[i], times[i] = found[i][2], found[i][3] end
      local fit = #ns > 0 and add(ns, times) or 0
      if fit < #found then following = ns[fit] .. ':' .. string.format('%.0f', top or found[#found][1]) end
    else
      local passed = 0
      repeat
        local step = redis.call('ZSCAN', leases, scan, 'COUNT', m[7] and 1 or math.ceil(limit / 10))
        local ns, times = {}, {}
        for i = 1, #step[2], 2 do
          local n = string.match(step[2][i], '^(%d+)#%d+$')
          if n and #n < 17 and tonumber(n) > floor then
            ns[#ns + 1] = n
            times[#ns] = step[2][i + 1]
          end
        end
        -- Those that are too much come with the next page, the others of the step twice.
        if #ns > 0 and add(ns, times, listed == 0) < #ns then break end
        scan, passed = step[1], passed + 1
      until scan == '0' or listed >= limit or passed >= 1000
      if scan ~= '0' then following = string.format('%.0f', floor) .. ':' .. string.format('%.0f', top or 0) .. ':' .. scan end
    end
  end
elseif state == 'ended' then
  do
    local index, last = tonumber(ARGV[6]), ARGV[7]
    if index then
      index = find(order, index, { last }, true)
      if not index and redis.call('HEXISTS', results, last) == 0 then return { '', page } end
    end
    index = index or -1
    local length, passed, lastIndex, bytes, count = redis.call('LLEN', order), 0, index, 0, 0
    local oldest = now - keepLimits()[4]
    while index < length - 1 and passed < 5000 do
      local some = math.min(limit - count, length - 1 - index)
      local ns = redis.call('LRANGE', order, -1 - index - some, -2 - index)
      for i = #ns, 1, -1 do
        local n = ns[i]
        local size = #n < 17 and string.find(n, '^%d+$') and redis.call('HSTRLEN', results, n) or 0
        if size > 0 then
          if count == limit or (count > 0 and bytes + size > maxBytes) then
            following = lastIndex .. ':' .. last
            return { following, page }
          end
          local outcome = redis.call('HGET', results, n)
          local letter, at, body = string.match(outcome, '^%d+|(%a)|(%d+)|?()')
          if at then
            -- So are all behind it.
            if tonumber(at) <= oldest then return { '', page } end
            page[#page + 1] = n
            page[#page + 1] = (hasPayloads or letter == 'K') and outcome or string.sub(outcome, 1, body - 1)
            page[#page + 1] = #outcome - body + 1
            count, bytes, last, lastIndex = count + 1, bytes + size, n, index + 1
          end
        end
        index, passed = index + 1, passed + 1
      end
      if count == limit and index < length - 1 then
        following = lastIndex .. ':' .. last
        return { following, page }
      end
    end
    if index < length - 1 then following = math.max(0, lastIndex) .. ':' .. (last == '' and '0' or last) end
  end
else
  return redis.error_reply('MQARGS no page is called so')
end
return { following, page }
