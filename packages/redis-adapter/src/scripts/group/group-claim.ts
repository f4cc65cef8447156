import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { WITH_REPORT } from '../parts/foreign.ts'
import { MOST_SKIPPED } from '../parts/meta.ts'
import {
  CUT_UNNAMED,
  HAS_NAMED,
  KEEP_UNNAMED,
  LOOKED_AT_ONCE,
  NAMES,
  PASS_LOST,
  PASS_UNNAMED,
  SOME_UNNAMED,
  TAKE_FIRSTS,
  TAKE_UNREAD,
} from './group-take.ts'

/** Lost leases are recovered by hands, until this many messages, or bytes, were returned. */
const RECOVERED_AT_ONCE = 1_000
const RECOVERED_BYTES = 4_194_304
/** How far from its head a list is searched for a message of a hand that somebody else wrote over. */
const LOOKED_FOR = 1_000
/** Where more hands than that are leased, they are not counted anew. */
const MOST_COUNTED = 1_000

/**
 * The second half of a group's turn. Lua functions: `recover()` brings back what lost leases held; `claim()` takes what came
 * back (suspects first, or not at all), then what follows the cursor; `replay(…)` answers a repeated turn; `answer(…)` is the reply;
 * `hasMore()`.
 */
const groupClaim = (isOrdered: boolean): Part =>
  definePart({
    name: isOrdered ? 'GROUP_CLAIM_ORDERED' : 'GROUP_CLAIM',
    needs: `hasNotes notes now whole16 began m readBits held idsIn read back digits sums readN foreign lost delays suspects returned leases out hasLeases givenBack giveBack pushFront endHands maxBytes want suspectFrom hasDelays hasBack log textOf time fence hands leaseMs open${
      isOrdered ? ' named unnamed firsts blocked letThrough' : ' cursor'
    }`,
    gives: 'suspectsLeft setAside answer replay hasMore recover claim',
    lua: lua`
local suspectsLeft, setAside = false, false
local function answer(hand, nextDue, stale, ids, texts, facts, lostNow, report)
  local memos = hasNotes and #ids > 0 and redis.call('HMGET', notes, unpack(ids)) or {}
  local reply = { now, whole16(hand), nextDue, stale, table.concat(ids, ','), texts, facts, lostNow, began and 1 or 0, memos,
    (suspectsLeft and 1 or 0) + (m[3] == '1' and 2 or 0)${isOrdered ? '' : ' + (m[13] and 4 or 0)'} }
  if report ~= '' then
    ${WITH_REPORT}
    withReport(reply, report)
  end
  return reply
end

-- Claims that ended meanwhile are left out, but keep their place.
local function replay(stale, hand, lostBefore)
  local bits = readBits(redis.call('HGET', held, hand))
  local ids, texts, facts = {}, {}, {}
  if bits then
    for i, id in ipairs(idsIn(hand)) do
      local failures, crashes, text
      if bits[i] and bits[i] ~= 48 then failures, crashes, text = read(id, bits[i]) end
      ids[i], texts[i], facts[i] = text and id or '-', text or '', text and (failures .. '|' .. crashes) or ''
    end
  end
  return answer(tonumber(hand), -1, string.match(stale, '^[^;]*'), ids, texts, facts, tonumber(lostBefore), stale)
end

local function hasMore()
  ${isOrdered ? HAS_NAMED : ''}
  return redis.call('LLEN', back) > 0 or (tonumber(digits(sums[1]) or '') or 0) > readN
end

local function standsIn(key, n) return redis.call('LPOS', key, n, 'MAXLEN', ${LOOKED_FOR}) end
-- Somebody else wrote to \`held\` or \`hands\`. What was settled is not known: all is given again but what is seen to wait, once more
-- with its pause. Where the id is gone too, the message is lost.
local function digitsFor(ids, bits)
  foreign = foreign + 1
  for i = #ids + 1, bits and #bits or 0 do
    if bits[i] ~= 48 then lost = lost + 1 end
  end
  local all = {}
  for i, id in ipairs(ids) do
    local waits = redis.call('ZSCORE', delays, id) or standsIn(back, id) or standsIn(suspects, id)
    all[i] = waits and 48 or redis.call('HEXISTS', returned, id) == 1 and 50 or 49
  end
  return all
end
-- How many are leased, by what is written of each hand, unless there are very many.
local function countOut()
  local left = redis.call('ZRANGEBYSCORE', leases, '-inf', '+inf', 'LIMIT', 0, ${MOST_COUNTED + 1})
  if #left > ${MOST_COUNTED} then return end
  out = 0
  for _, hand in ipairs(left) do
    local text = redis.call('HGET', held, hand)
    if readBits(text) then out = out + #string.gsub(text, '0', '') end
  end
end

-- Members died or stood still. To the head of what came back, and charged.
local function recover()
  if not hasLeases then return end
  local ended = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 100)
  if #ended == 0 then return end
  local heads, over, isDamaged = {}, {}, false
  givenBack = 0
  for _, hand in ipairs(ended) do
    if #heads >= ${RECOVERED_AT_ONCE} or givenBack >= ${RECOVERED_BYTES} then break end
    local bits, ids = readBits(redis.call('HGET', held, hand)), idsIn(hand)
    over[#over + 1] = hand
    if not bits or #bits ~= #ids then bits, isDamaged = digitsFor(ids, bits), true end
    for i, id in ipairs(ids) do
      if bits[i] ~= 48 then
        out = out - 1
        if giveBack(id, bits[i], 0, 1) then heads[#heads + 1] = id end
      end
    end
  end
  pushFront(heads)
  endHands(over)
  if isDamaged then countOut() end
end

local function claim()
  local ids, texts, facts, bits = {}, {}, {}, {}
  local bytes, largest, cut, hasFacts = 0, 1, false, false
  local function take(id, text, bit, fact)
    local k = #ids + 1
    if k > 1 and bytes + #text > maxBytes then
      cut = true
      return false
    end
    ids[k], texts[k], bits[k], facts[k] = id, text, bit, fact
    bytes = bytes + #text
    if #text > largest then largest = #text end
    return true
  end

  -- Suspects are set aside, and count for what is read.
  local bytesAside = 0
  ${isOrdered ? 'local namelessSoFar = 0' : ''}
  local function takeFrom(key)
    while #ids < want and not cut${isOrdered ? ` and ${SOME_UNNAMED}` : ''} do
      local some = redis.call('LPOP', key, math.min(want - #ids, ${LOOKED_AT_ONCE}))
      if not some then return end
      local aside = {}
      ${isOrdered ? NAMES : ''}
      for i = 1, #some do
        local failures, crashes, text = string.match(redis.call('HGET', returned, some[i]) or '', '^(%d+)|(%d+)|(.*)$')
        if text and bytesAside > maxBytes then cut = true end
        if text and not cut and suspectFrom and tonumber(crashes) >= suspectFrom then
          aside[#aside + 1] = some[i]
          bytesAside = bytesAside + #text
        ${isOrdered ? PASS_UNNAMED : ''}
        elseif text then
          if cut or not take(some[i], text, '2', failures .. '|' .. crashes) then
            for k = #some, i, -1 do redis.call('LPUSH', key, some[k]) end
            break
          end
          hasFacts = true
        else
          -- Nothing that came back has this id: somebody else wrote it.
          foreign = foreign + 1
          if foreign >= ${MOST_SKIPPED} then cut = true end
        end
      end
      ${isOrdered ? KEEP_UNNAMED : ''}
      if #aside > 0 then
        redis.call('RPUSH', suspects, unpack(aside))
        setAside = true
      end
    end
  end

  if not suspectFrom then takeFrom(suspects) end
  -- What this turn delays is not due.
  if hasDelays then
    local due = redis.call('ZRANGEBYSCORE', delays, '-inf', now, 'LIMIT', 0, want + 1)
    if #due > 0 then
      redis.call('RPUSH', back, unpack(due))
      redis.call('ZREM', delays, unpack(due))
      hasBack = true
    end
  end
  if hasBack then takeFrom(back) end

  local fresh, readBefore = nil, readN
  ${isOrdered ? TAKE_FIRSTS + CUT_UNNAMED : TAKE_UNREAD}
  if #ids == 0 then
    -- There is more behind the suspects.
    if cut then return 0, ids, texts, facts, 0, true end
    ${isOrdered ? '' : PASS_LOST}
    local due = redis.call('ZRANGE', delays, 0, 0, 'WITHSCORES')[2]
    return 0, ids, texts, facts, due and math.max(0, due - now) or -1, false
  end

  -- Never behind the clock, so that no server gives a number twice.
  local hand = math.max(tonumber(m[5]) or 0, time[1] * 1000000 + time[2]) + 1
  fence = hand + #ids - 1
  local name = whole16(hand)
  redis.call('HSET', held, name, table.concat(bits))
  redis.call('HSET', hands, name, (fresh or '') .. '|' .. table.concat(ids, ','))
  redis.call('ZADD', leases, now + leaseMs, name)
  if fresh then
    -- The number of the first message, or where somebody else's is before it, at least that of the next one.
    local first = tonumber(string.match(fresh, '%-(%d+)$'))
    redis.call('ZADD', open, first > readBefore and first <= readN and whole16(first) or whole16(readBefore + 1), name)
  end
  out = out + #ids
  return hand, ids, texts, hasFacts and facts or {}, -1, cut
end
`,
  })

export const GROUP_CLAIM: Part = groupClaim(false)

/** `claim()` takes what came back, then those that are the next of their keys. */
export const GROUP_CLAIM_ORDERED: Part = groupClaim(true)
