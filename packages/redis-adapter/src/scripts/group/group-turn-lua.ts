import { lengthOf, readArguments } from '../arguments.ts'
import { MAX_LEASE_MS } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { GROUP_CLAIM, GROUP_CLAIM_ORDERED } from './group-claim.ts'
import { LOOK_AHEAD, ORDER, PLACE_TOLD, WAITS_FROM } from './group-order.ts'
import { DIGITS, FLOOR, GROUP_META, GROUP_TELL, PLACE, REST_BELL } from './group-parts.ts'
import { actsAfter } from '../parts/acts.ts'
import { GROUP_SETTLE, GROUP_SETTLE_ORDERED } from './group-settle.ts'
import { AMOUNT, NOTE_KEPT, keepLimits, STORED_KEEP } from '../parts/keep.ts'
import { FOREIGN, REPORT } from '../parts/foreign.ts'
import { SLEEP, WAKE } from '../parts/hints.ts'
import { ENDED_AT, FORGET_LANES, LAYOUT, NOW, refuseLayout } from '../parts/meta.ts'
import { MARK_SEEN, NOTE_GAP, SEEN, WATCH } from '../parts/seen.ts'

/** A channel has at most this many groups. */
export const MOST_GROUPS = 1_000

/**
 * `bounds`: of dead letters, or ''. `topic`: the participant's. `start`: where a new group begins. `suspectFrom`: lost leases from which a
 * message is set aside. `count`: of settlements.
 */
export const GROUP_TURN = {
  lane: 'text',
  number: 'number',
  isRepeat: 'flag',
  want: 'number',
  maxBytes: 'number',
  leaseMs: 'number',
  bounds: 'text',
  topic: 'text',
  awaitsWork: 'flag',
  isLast: 'flag',
  group: 'text',
  start: 'text',
  suspectFrom: 'number',
  count: 'number',
} as const

/** Of an ordered group. `told`: the number of keys. */
export const ORDERS = { told: 'number' } as const

const READ_ORDER = lua`
for _, key in ipairs({ named, tails, behind }) do redis.call('HLEN', key) end
for _, key in ipairs({ firsts, blocked, unnamed }) do redis.call('ZCARD', key) end
`

const RECOVER_AND_PLACE = lua`
recover()
if letEnded() then requeued = true end
placeTold()
-- It takes nothing of what it told.
if want == 0 and told > 0 and redis.call('ZCARD', firsts) > 0 then requeued = true end
`

const LOOK = lua`
if #ids == 0 and want > 0 then mendOrder() end
local aheadIds, aheadTexts = lookAhead()
`

const ORDERED_FLOOR = lua`
local from, fromN = waitsFrom(cursor, readN)
local floor = settleFloor(from, fromN, m[11])
`

/** The turn of a group's member; of an ordered group: with `PLACE_TOLD` behind its acts, and what is ahead behind its answer. */
export function groupTurnLua(isOrdered: boolean): string {
  const others = lengthOf(GROUP_TURN) + (isOrdered ? lengthOf(ORDERS) : 0)
  const answered = (reply: string): string => (isOrdered ? `{ ${reply}, '', {} }` : reply)
  return lua`
${readArguments(GROUP_TURN)}
${isOrdered ? readArguments(ORDERS, lengthOf(GROUP_TURN) + 1) : ''}
if not (number and want and maxBytes and leaseMs and count${isOrdered ? ' and told' : ''}) or not (want >= 0 and want <= 1000 and want % 1 == 0)
  or not (leaseMs >= 1 and leaseMs <= ${MAX_LEASE_MS}) or not (count >= 0 and count <= 1000) or #ARGV ~= ${others} + 2 * count${isOrdered ? ' + 2 * told' : ''}
  or not (string.find(start, '^%a+$') or string.find(start, '^since %d+$') or string.find(start, '^position %S+ %d+$')) then
  return redis.error_reply('MQARGS a turn is not right')
end
${arrangeParts(NOW, DIGITS, GROUP_META, SLEEP, REST_BELL)}

-- Read every key that may be written, so that a key of a wrong type fails here.
local previous = redis.call('HGET', lanes, lane)
local idleCount = redis.call('ZCARD', idle)
redis.call('ZCARD', alive)
redis.call('HLEN', bells)
local member = topic .. '|' .. string.match(lane, '^[^.]*')

local sums = redis.call('HMGET', seq, 'n', 'bytes', 'layout', 'largest')
${refuseLayout('sums[3]', 'channel', 'sums')}
-- What sleeping members ask again and again: is there anything at all?
local isNext = (tonumber(string.match(previous or '0', '^%d+')) or number) < number
if isNext and count == 0 and want > 0 and not isRepeat and awaitsWork and m[2] and m[2] == m[11] and not m[12] and m[3] ~= '1' and m[10] == '0'
  and sums[1] == m[8] and ${isOrdered ? `told == 0 and m[13] and redis.call('EXISTS', leases, held, returned, delays, suspects, named, unnamed)` : `not m[13] and redis.call('EXISTS', leases, held, returned, delays, suspects)`} == 0 then
  redis.call('ZADD', alive, now, group)
  sleep(member, now)
  restBell()
  return ${answered(`{ now, '0', -1, '', '', {}, {}, 0, 0, {}, 0 }`)}
end

redis.call('XLEN', log)
redis.call('HLEN', floors)
local hasLeases = redis.call('ZCARD', leases) > 0
redis.call('HLEN', hands)
redis.call('HLEN', held)
redis.call('ZCARD', open)
local hasReturned = redis.call('HLEN', returned) > 0
local hasBack = redis.call('LLEN', back) > 0
redis.call('LLEN', suspects)
local hasDelays = redis.call('ZCARD', delays) > 0
local hasNotes = redis.call('HLEN', notes) > 0
local groups = redis.call('ZCARD', readers)
${isOrdered ? READ_ORDER : ''}
${arrangeParts(GROUP_TELL, WAKE, SEEN, WATCH, keepLimits('bounds', STORED_KEEP), AMOUNT, NOTE_KEPT, FOREIGN, REPORT, FLOOR)}
local cursor, readN, began = m[2], tonumber(m[8]), not m[2]
local lost, out, fence = tonumber(m[9]) or 0, tonumber(m[10]) or 0, m[5]
${
  isOrdered
    ? arrangeParts(
        actsAfter(others),
        ORDER,
        GROUP_SETTLE_ORDERED,
        GROUP_CLAIM_ORDERED,
        PLACE_TOLD,
        LOOK_AHEAD,
        WAITS_FROM,
      )
    : arrangeParts(actsAfter(others), GROUP_SETTLE, GROUP_CLAIM)
}

if previous then
  local previousNumber, staleBefore, handBefore, lostBefore = string.match(previous, '^(%d+)|%d+|([^|]*)|(%d+)|(%d+)$')
  previousNumber = tonumber(previousNumber) or 0
  if previousNumber > number then return redis.error_reply('MQSTALE a newer turn of this lane was answered') end
  if previousNumber == number then
    return ${answered('replay(staleBefore, handBefore, lostBefore)')}
  end
end
if began and groups >= ${MOST_GROUPS} then return redis.error_reply('MQGROUPS a channel has at most ${MOST_GROUPS} groups') end
if buries then
  redis.call('ZCARD', dead)
  redis.call('HLEN', graves)
end

-- A lane that was used before, and ends, begins no group: it was removed meanwhile.
if began and isLast and number > 1 then
  local stale = {}
  for i = 1, count do stale[i] = i end
  redis.call('ZREM', idle, member)
  began = false
  return ${answered(`answer(0, -1, table.concat(stale, ','), {}, {}, {}, 0, '')`)}
end
if began then
  ${PLACE}
  cursor, readN = placeOf(start)
end
if not seen or math.abs(now - seen) >= 1000 then redis.call('ZADD', alive, now, group) end
${NOTE_GAP}
local lostSoFar, stale, requeued = lost, {}, false
if count > 0 then stale, requeued = settle() end
local hand, ids, texts, facts, nextDue, cut = 0, {}, {}, {}, -1, false
${isOrdered ? RECOVER_AND_PLACE : 'if not m[13] then recover() end'}
if want > 0 and m[3] ~= '1'${isOrdered ? '' : ' and not m[13]'} then hand, ids, texts, facts, nextDue, cut = claim() end
${isOrdered ? LOOK : ''}
if #ids == 0 and want > 0${isOrdered ? '' : ' and not m[13]'} then nextDue = watch(nextDue) end
suspectsLeft = suspectFrom and m[3] ~= '1' and (hasReturned or setAside) and redis.call('LLEN', suspects) > 0
local staleText, lostNow = table.concat(stale, ','), lost - lostSoFar
${isOrdered ? ORDERED_FLOOR : `local floor = m[13] and m[11] or settleFloor(cursor, readN, m[11])`}
-- What others left, not by the last turn of a lane: it is not repeated, and its reply may reach nobody.
local report = reportOf(deadDropped, not isLast and m[12])

if began or count > 0 or #ids > 0 or lostNow > 0 or floor ~= m[11] or out ~= tonumber(m[10])${isOrdered ? ' or cursor ~= m[2] or not m[13]' : ''} then
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'cursor', cursor, 'read', whole16(readN), 'lost', whole16(lost),
    'out', whole16(math.max(0, out)), 'floor', floor, 'fence', whole16(fence or 0)${isOrdered ? `, 'ordered', 1` : ''})
end
${MARK_SEEN}

local noted
if isLast then
  noted = ${ENDED_AT} .. '|' .. staleText .. '|0|0'
  redis.call('ZREM', idle, member)
elseif count > 0 or #ids > 0 or lostNow > 0 or report ~= '' or isRepeat then
  noted = whole16(now) .. '|' .. staleText .. report .. '|' .. whole16(hand) .. '|' .. whole16(lostNow)
end
if noted then
  redis.call('HSET', lanes, lane, whole16(number) .. '|' .. noted)
  if not previous then
    ${FORGET_LANES}
    forgetLanes(lanes)
  end
end
if #ids > 0 and idleCount > 0 then
  redis.call('ZREM', idle, member)
elseif awaitsWork and #ids == 0${isOrdered ? '' : ' and not m[13]'} then
  sleep(member, now)
  idleCount = idleCount + 1
end
if idleCount > 0 and m[3] ~= '1' then
  restBell()
  if requeued and #ids < want then requeued = false end
  if requeued or setAside or ((want > 0 or count == 0) and (cut or #ids == want) and hasMore()) then wake() end
end
return ${isOrdered ? `{ answer(hand, nextDue, staleText, ids, texts, facts, lostNow, report), table.concat(aheadIds, ','), aheadTexts }` : 'answer(hand, nextDue, staleText, ids, texts, facts, lostNow, report)'}
`
}
