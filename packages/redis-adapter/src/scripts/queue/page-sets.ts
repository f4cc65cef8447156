/** Lua that lists what is in sorted sets: delayed and running tasks. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { readArguments } from '../arguments.ts'
import { AT, IN_LATER, IN_LEASES } from './page-arguments.ts'

/** So many leases are read in one call, and listed by number. */
const FEW = 1_000

/**
 * The earliest first, of one time the higher level first, then by their text, as the sets have them: a task that is
 * not moved keeps its place, so none is missed and none comes twice. Until the time that was the latest at the first
 * page. O(limit · levels in use).
 */
export const DELAYED: Part = definePart({
  name: 'DELAYED',
  needs: 'm LATER limit add following',
  gives: '',
  lua: lua`
do
  ${readArguments(IN_LATER, AT)}
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
    if #n > 16 or not string.find(n, '^%d+$') then n = string.sub(n, 1, 40) .. '\\255' end
    following = times[fit] .. ':' .. levels[fit] .. ':' .. string.gsub(n, '.', function(byte) return string.format('%02x', string.byte(byte)) end) .. ':' .. string.format('%.0f', till)
  end
end
`,
})

/**
 * Few by number, from a number on. Many as ZSCAN gives them, but those up to the number that were listed before they
 * were many: as they are prolonged they change their place in the set, not in its table. Up to the largest number of
 * the first page.
 */
export const RUNNING: Part = definePart({
  name: 'RUNNING',
  needs: 'm leases limit add listed following',
  gives: '',
  lua: lua`
do
  ${readArguments(IN_LEASES, AT)}
  floor, scan = floor or 0, scan == '' and '0' or scan
  if top == 0 then top = nil end
  if redis.call('ZCARD', leases) <= ${FEW} then
    local all, found = redis.call('ZRANGE', leases, 0, ${FEW}, 'WITHSCORES'), {}
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
`,
})
