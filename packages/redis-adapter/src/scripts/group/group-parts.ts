/** Lua that the scripts of channels with history share. Each part names the locals that it uses. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { END_OF_LOG, ID_BEFORE, MESSAGE_FROM } from '../channel/log-numbers.ts'
import { publishTo } from '../parts/hints.ts'
import { refuseLayout } from '../parts/meta.ts'

/** `digits(text)`: the text if it is a whole number as we write it. `whole16(number)`: no exponent, whatever its size. */
export const DIGITS: Part = definePart({
  name: 'DIGITS',
  needs: '',
  gives: 'digits whole16',
  lua: lua`
local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
local function whole16(number) return string.format('%.0f', number) end
`,
})

/**
 * `m`: layout, cursor (undefined: no such group), paused, seen, fence, longest lease, recovery
 * pauses until, read, lost, out, floor, what no turn has reported, whether it is ordered. The places of `seen` and others are those that `SEEN` wants.
 */
export const GROUP_META: Part = definePart({
  name: 'GROUP_META',
  needs: 'meta digits',
  gives: 'm',
  lua: lua`
local m = redis.call('HMGET', meta, 'layout', 'cursor', 'paused', 'seen', 'fence', 'leaseMs', 'recoverAfter', 'read',
  'lost', 'out', 'floor', 'unreported', 'ordered')
${refuseLayout('m[1]', 'group', 'm')}for i = 4, 10 do m[i] = digits(m[i]) end
m[2] = m[2] and #m[2] < 42 and string.find(m[2], '^%d+%-%d+$') and m[8] and m[2] or nil
`,
})

/** As `TELL` of queues: a group's hints name "channel/group", or "queue:outcomes/group". */
export const GROUP_TELL: Part = definePart({
  name: 'GROUP_TELL',
  needs: 'meta',
  gives: 'tell',
  lua: lua`
local function tell(topic, letter)
  local queue, outcomes, name = string.match(meta, '{(.-)}(.-):group%.(.*):meta$')
  local heard = redis.pcall(${publishTo('topic')}, topic, letter .. queue .. outcomes .. '/' .. name)
  return type(heard) == 'number' and heard or 0
end
`,
})

/**
 * `placeOf(start)` answers the id and the number that stand before the place: "latest",
 * "earliest", "since ms", "position epoch n". O(log n); a position is looked for by halving the time.
 */
export const PLACE: Part = definePart({
  name: 'PLACE',
  needs: 'seq digits log whole16 now',
  gives: 'placeOf',
  lua: lua`
local function placeOf(start)
  ${MESSAGE_FROM}
  ${ID_BEFORE}
  local known = redis.call('HMGET', seq, 'epoch', 'n', 'at', 'epochs')
  local n, at = tonumber(digits(known[2]) or ''), tonumber(digits(known[3]) or '')
  local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  if oldest and not (n and at) then
    ${END_OF_LOG}
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
`,
})

/**
 * `settleFloor(cursor, read, before)` reports to the channel what this
 * group still needs, if that is another than `before`, and answers it: what was claimed and not settled is read again
 * from the log when its lease is lost.
 */
export const FLOOR: Part = definePart({
  name: 'FLOOR',
  needs: 'open hands whole16 readers group floors',
  gives: 'settleFloor',
  lua: lua`
local function settleFloor(cursor, read, before)
  local floor, floorN = cursor, read
  local first = redis.call('ZRANGE', open, 0, 0, 'WITHSCORES')
  if first[1] and tonumber(first[2]) <= read then
    ${ID_BEFORE}
    local id = string.match(redis.call('HGET', hands, first[1]) or '', '^(%d+%-%d+)|')
    if id then floor, floorN = idBefore(id), tonumber(first[2]) - 1 end
  end
  if floor ~= before then
    redis.call('ZADD', readers, whole16(floorN), group)
    redis.call('HSET', floors, group, floor)
  end
  return floor
end
`,
})

/** Says whom the next publish shall wake. */
export const REST_BELL: Part = definePart({
  name: 'REST_BELL',
  needs: 'idle bells group',
  gives: 'restBell',
  lua: lua`
-- Newest first: most probably it is still there.
local function restBell()
  local topics = redis.call('ZREVRANGE', idle, 0, 3)
  for i = 1, #topics do topics[i] = string.match(topics[i], '^(.*)|') or '' end
  if #topics > 0 then redis.call('HSET', bells, group, table.concat(topics, ',')) end
end
`,
})
