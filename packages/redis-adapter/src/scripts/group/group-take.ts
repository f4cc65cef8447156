/** Lua of a group's claim: what is taken that no member was given yet, by the place of the group or by the order of its keys. */
import { MAX_BLOCKED } from '@mq/core/adapter'
import { lua } from '../lua.ts'

/** How many returned messages are looked at at a time. */
export const LOOKED_AT_ONCE = 32
/** So many messages are read at once where all that is unread may be more than a claim can give: what they weigh is not known before. */
export const UNWEIGHED_AT_ONCE = 8
/** What stands before a body in the log. */
export const LARGEST_PREFIX = 51
/** Of messages that the channel no longer has, and of those without a key, in one turn. */
const MOST_PASSED = 1_000

/**
 * Lua that passes the message of the log with this id and text: those before it that the channel no longer has are lost. What somebody
 * else wrote has no number.
 */
export const passMessage = (id: string, text: string): string => lua`
local s = digits(string.match(${id}, '%-(%d+)$'))
if s and string.match(${text}, '^%d+ %d+ (%d+) ') == s then
  local n = tonumber(s)
  lost = lost + math.max(0, n - readN - 1)
  readN = math.max(readN, n)
end
`

/** What follows the cursor. */
export const TAKE_UNREAD: string = lua`
-- As many are read at once as fit whatever they weigh, since the channel says what the largest does. A message says what all before it
-- weigh, and the channel what all weigh: where the rest is no more than a claim can give, it is read at once; else a few at a time.
local all, newest = digits(sums[2]), tonumber(digits(sums[1]) or '') or math.huge
local most = tonumber(digits(sums[4]) or '')
local function fitting() return most and math.floor((maxBytes - bytes) / (most + ${LARGEST_PREFIX})) or 0 end
local step = math.max(1, math.min(want - #ids, fitting()))
while #ids < want and not cut do
  local some = redis.call('XRANGE', log, '(' .. cursor, '+', 'COUNT', step)
  local before = #ids
  for i = 1, #some do
    if not take(some[i][1], textOf(some[i]), '1', '') then break end
  end
  local taken = #ids - before
  if taken > 0 then
    fresh = fresh or ids[before + 1]
    cursor = ids[#ids]
    -- Numbers have no holes but where messages were dropped; what somebody else wrote has none.
    if readN + taken <= newest and tonumber(string.match(cursor, '%-(%d+)$')) - readN == taken then
      readN = readN + taken
    else
      for k = before + 1, #ids do
        ${passMessage('ids[k]', 'texts[k]')}
      end
    end
  end
  if #some < step or readN == newest then break end
  local last = texts[#texts]
  local before = all and string.match(last, '^(%d+) ')
  local isLight = before and all - before <= maxBytes - bytes + #last
  step = isLight and want or math.max(${UNWEIGHED_AT_ONCE}, fitting())
  step = math.max(1, math.min(step, want - #ids, math.floor((maxBytes - bytes) / largest)))
end
`

export const PASS_LOST: string = lua`
-- All that was to come may be gone already.
newest = tonumber(digits(sums[1]) or '') or 0
if newest > readN then
  lost = lost + newest - readN
  readN = newest
end
`

/** Of an ordered group: what is the next of its key. What the channel had to drop meanwhile is lost, and keeps no other waiting. */
export const TAKE_FIRSTS: string = lua`
local passed = 0
while #ids < want and not cut do
  local some = redis.call('ZRANGE', firsts, 0, math.min(want - #ids, ${LOOKED_AT_ONCE}) - 1, 'WITHSCORES')
  if #some == 0 then break end
  local asked, taken, gone = {}, {}, {}
  for i = 1, #some, 2 do asked[#asked + 1] = some[i] end
  local copies = redis.call('HMGET', returned, unpack(asked))
  for i, id in ipairs(asked) do
    local failures, crashes, text = string.match(copies[i] or '', '^(%d+)|(%d+)|(.*)$')
    local isFresh = not text
    if isFresh then
      local entry = redis.call('XRANGE', log, id, id)[1]
      text = entry and textOf(entry)
    end
    if not text then
      gone[#gone + 1] = id
    elseif take(id, text, isFresh and '1' or '2', isFresh and '' or failures .. '|' .. crashes) then
      taken[#taken + 1] = id
      if not isFresh then hasFacts = true end
      -- What follows one that is gone may be of a lower number than what was taken before.
      if isFresh and (not fresh or tonumber(some[2 * i]) <= readBefore) then fresh, readBefore = id, some[2 * i] - 1 end
    else
      break
    end
  end
  if #taken > 0 then redis.call('ZREM', firsts, unpack(taken)) end
  if #gone > 0 then
    lost = lost + #gone
    redis.call('ZREM', firsts, unpack(gone))
    letThrough(gone)
    passed = passed + #gone
    if passed >= ${MOST_PASSED} then cut = true end
  end
end
`

/** Of an ordered group: what came back and has no key is given once a member tells it. */
export const NAMES = "local names, nameless = redis.call('HMGET', named, unpack(some)), {}"
export const PASS_UNNAMED: string = lua`elseif text and not cut and not names[i] then
  nameless[#nameless + 1], nameless[#nameless + 2] = string.match(some[i], '%-(%d+)$') or 0, some[i]
  namelessSoFar = namelessSoFar + 1`
export const SOME_UNNAMED: string = `namelessSoFar < ${MOST_PASSED}`
/** There is more behind those that were passed. */
export const CUT_UNNAMED: string = `if namelessSoFar >= ${MOST_PASSED} then cut = true end`
export const KEEP_UNNAMED = "if #nameless > 0 then redis.call('ZADD', unnamed, unpack(nameless)) end"
export const HAS_NAMED: string = lua`
if redis.call('ZCARD', firsts) > 0 then return true end
if redis.call('ZCARD', blocked) >= ${MAX_BLOCKED} then return redis.call('LLEN', back) > 0 end
if redis.call('ZCARD', unnamed) > 0 then return true end
`
