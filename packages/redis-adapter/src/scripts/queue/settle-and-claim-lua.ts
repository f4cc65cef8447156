import { lengthOf, readArguments } from '../arguments.ts'
import { MAX_LEASE_MS } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { actsAfter } from '../parts/acts.ts'
import { ANSWER, REPLAY } from './answer.ts'
import { CLAIM, CLAIM_SHARED } from './claim.ts'
import { CLAIMABLE } from '../parts/claimable.ts'
import { ADD_END, ENDS, noteEnds, openEnds } from '../parts/ends.ts'
import { FOREIGN, REPORT } from '../parts/foreign.ts'
import { NOTE_ARRIVED, SENT, SLEEPER } from '../parts/grants.ts'
import { SLEEP, TELL, WAKE } from '../parts/hints.ts'
import { AMOUNT, KEPT, keepLimits, NOTE_KEPT } from '../parts/keep.ts'
import { BUMP, ENDED_AT, FITTING, FORGET_LANES, LEVEL_OF, META, NOW, WHOLE } from '../parts/meta.ts'
import { KEY_PLACES, RANKS } from '../parts/key-places.ts'
import { CHECK_SHARED, KEYS_OF } from '../parts/keys.ts'
import { LIMITS_IN, QUEUE_FREE, SAVE_PACE, SHARED } from '../parts/shared-limits.ts'
import { MARK_SEEN, NOTE_GAP, SEEN, WATCH } from '../parts/seen.ts'
import { lua } from '../lua.ts'
import { CHECK_FLOW, CHORES_LEFT, FLOW, nextsAfter } from '../parts/flow.ts'
import { INBOX_LOOK, LOOK_AGAIN, RECEIVE, RECEIVE_FIRST, WAKE_FOR_INBOX } from './receive.ts'
import { CHECK_SETTLE, OWNED, SETTLE, SETTLE_APPENDING, SETTLE_SHARED } from './settle.ts'
import { RECEIVES, SHARES, TURN, UNITS } from './turn-arguments.ts'
import { DEFINE_LIMITS, FINISH_SHARED, WAKE_SHARED } from './turn-limits.ts'

/** Nothing was done: the caller takes the other script from now on. */
export const KEEPS_OUTCOMES = 'MQOUTCOMES'

const REFUSE_OUTCOMES = lua`if count > 0 and m[13] and m[13] ~= 'off' then return redis.error_reply('${KEEPS_OUTCOMES} this queue keeps outcomes') end
`
/** As KEEPS_OUTCOMES, where there are keys, limits or flows. */
export const SHARES_OUT = 'MQSHARED'
const REFUSE_SHARED = lua`if m[14] or m[15] then return redis.error_reply('${SHARES_OUT} this queue has keys, limits or flows') end
`
const OPEN_ENDS = openEnds('endBounds')
const NOTE_ENDS: string = lua`  ${noteEnds('endBounds')}
`
const READ_ENDS = `${readArguments(ENDS, lengthOf(TURN) + 1)}\n${readArguments(UNITS, lengthOf(TURN) + lengthOf(ENDS) + 1)}\n`
const ANSWER_WITH_SILENT = lua`local reply = answer(fence, nextDue, staleText, taken, records, report)
return silent and { reply, silent } or reply
`

const WAKE_PLAIN = lua`  local isMore = not m[6] and (setAside or handedOver or (requeued and #taken >= want))
  if not isMore and not m[6] and (want > 0 or count == 0) and (cut or #taken == want) then
    for at = 1, #m[3] do
      local level = string.byte(m[3], at) - 48
      isMore = isMore or redis.call('LLEN', KEYS[READY + level]) > 0
    end
  end
`
/** Of a turn that only settles. */
const CLAIMABLE_BEFORE = lua`local claimableBefore = count > 0 and want == 0 and idleCount > 0 and claimableAt()
`
const ANSWER_SHARED = lua`local reply = answer(fence, nextDue, staleText, taken, records, report)
do
  local flag, ms = flow.left(reply[3])
  reply[3], reply[10] = ms, reply[10] + flag
end
reply[11], reply[12], reply[13], reply[14] = reply[11] or 0, reply[12] or 0, reply[13] or false, news
return silent and { reply, silent } or reply
`

const NOTHING_PLAIN = lua`return { now, '0', -1, '', '', {}, {}, {}, {}, m[6] and 2 or 0 }`
const NOTHING_SHARED = lua`local flag, ms = flow.left(-1)
    return { now, '0', ms, '', '', {}, {}, {}, {}, (m[6] and 2 or 0) + flag }`
const NOTHING_RECEIVING = lua`local flag, ms = flow.left(m[6] and -1 or inboxMs())
    return { now, '0', ms, '', '', {}, {}, {}, {}, (m[6] and 2 or 0) + flag }`

/**
 * What the four scripts of a turn do. Four, so that a queue without outcomes, keys, limits and an inbox declares and pays nothing for them. `shares`: keys and
 * limits; it appends, too. `receives`: an inbox; it shares, too.
 */
export function settleAndClaimLua(appends: boolean, shares = false, receives = false): string {
  const head =
    lengthOf(TURN) +
    (appends ? lengthOf(ENDS) + lengthOf(UNITS) : 0) +
    (shares ? lengthOf(SHARES) : 0) +
    (receives ? lengthOf(RECEIVES) : 0)
  return lua`
${readArguments(TURN)}
${appends ? READ_ENDS : ''}${shares ? `${readArguments(SHARES, lengthOf(TURN) + lengthOf(ENDS) + lengthOf(UNITS) + 1)}\n` : ''}if not (seq and want and maxBytes and leaseMs and ownedCount and count) or not (want >= 0 and want <= 1000 and want % 1 == 0)
  or not (leaseMs >= 1 and leaseMs <= ${MAX_LEASE_MS}) or not (count >= 0 and count <= 1000)
  or #ARGV ~= ${head} + 2 * count + ${lengthOf(OWNED)} * ownedCount then
  return redis.error_reply('MQARGS a turn is not right')
end
${arrangeParts(NOW, META)}${appends ? '' : REFUSE_OUTCOMES}${shares ? arrangeParts(LIMITS_IN, SHARED, FLOW, CHORES_LEFT, nextsAfter(head)) : REFUSE_SHARED}${SLEEPER}local previous, given
if grants == '' then
  previous = redis.call('HGET', lanes, lane)
else
  previous, given = unpack(redis.call('HMGET', lanes, lane, worker .. '\\n'))
end
-- What sleeping workers ask again and again: is there anything at all?
if count == 0 and want > 0 and not given and not isRepeat and not isLast and not m[10] and (tonumber(string.match(previous or '0', '^%d+')) or seq) < seq${appends ? ` and (endBounds == '' or endBounds == m[13] or not m[1])` : ''}${shares ? ` and not m[14] and defined == ''` : ''} then
  local lists = {}
  for at = 1, #m[3] do lists[at] = KEYS[READY + string.byte(m[3], at) - 48] end
  if redis.call('EXISTS', tasks, ${receives ? 'KEYS[#KEYS], ' : ''}unpack(lists)) == 0 then
    if sleeper then
      ${SLEEP}
      sleep(sleeper, sleeperAt)
    end
    ${receives ? INBOX_LOOK : ''}
    ${receives ? NOTHING_RECEIVING : shares ? NOTHING_SHARED : NOTHING_PLAIN}
  end
end

-- Read every key that may be written, so that a key of a wrong type fails here.
-- Most queues have none of what few tasks need: one call for seven.
local hasMore = redis.call('EXISTS', runs, crashes, failures, notes, suspects, room, waiters) > 0
local hasRuns, hasFailures, hasRoom = false, false, false
if hasMore then
  hasRuns = redis.call('HLEN', runs) > 0
  hasRoom = redis.call('ZCARD', room) > 0
  redis.call('HLEN', crashes)
  hasFailures = redis.call('HLEN', failures) > 0
  redis.call('HLEN', notes)
  redis.call('LLEN', suspects)
end
if m[11] then redis.call('HLEN', moved) end
${shares ? `${CHECK_SHARED}${CHECK_FLOW}` : ''}local idleCount = redis.call('ZCARD', idle)
redis.call('HLEN', tasks)
redis.call('ZCARD', leases)
local hasDelayed = {}
for at = 1, #m[3] do
  local level = string.byte(m[3], at) - 48
  redis.call('LLEN', KEYS[READY + level])
  hasDelayed[level] = redis.call('ZCARD', KEYS[LATER + level]) > 0
end

-- Of a queue that was obliterated, or never was, nothing is written but who sleeps, what of another program's was dropped, and
-- the number of a repetition (what it overtook must claim nothing) until the lane ends.
local isThere = m[1] or m[4] or redis.call('EXISTS', tasks, leases) > 0

${arrangeParts(SENT, ANSWER, REPLAY, actsAfter(head), KEPT, CHECK_SETTLE)}
${arrangeParts(WHOLE, BUMP, TELL, keepLimits('bounds'), AMOUNT, NOTE_KEPT, FOREIGN, LEVEL_OF, FITTING, WATCH, SEEN, NOTE_GAP)}
${appends ? arrangeParts(ADD_END, OPEN_ENDS) : ''}${shares ? arrangeParts(KEYS_OF, KEY_PLACES, RANKS, QUEUE_FREE, SAVE_PACE, CLAIMABLE, DEFINE_LIMITS) : ''}${shares ? CLAIMABLE_BEFORE : ''}local stamp = string.format('%.0f', now)
${arrangeParts(shares ? SETTLE_SHARED : appends ? SETTLE_APPENDING : SETTLE)}lookAgain()
${NOTE_ARRIVED}${receives ? `${readArguments(RECEIVES, head - lengthOf(RECEIVES) + 1)}\n${RECEIVE.lua}` : ''}${shares ? CLAIM_SHARED : CLAIM}
local staleText = table.concat(stale, ',')
local fence, taken, records, nextDue, cut = 0, {}, {}, -1, false
${receives ? RECEIVE_FIRST : ''}if want > 0 then fence, taken, records, nextDue, cut = claim() end
${receives ? LOOK_AGAIN : ''}suspectsLeft = hasRuns and suspectFrom and not m[6] and redis.call('LLEN', suspects) > 0
if completed then redis.call('HSET', meta, 'completed', completed) end
${shares ? FINISH_SHARED : ''}local claims = table.concat(taken, ',')
-- What others left; not by the last turn of a lane, whose reply may reach nobody.
local report, unreported = '', isThere and not isLast and m[10]
if foreign + deadDropped > 0 or unreported then
  ${REPORT}
  report = reportOf(deadDropped, unreported)
end

local noted
if isLast then
  if isThere then
    noted = ${ENDED_AT} .. '|' .. staleText .. '|0|'
  elseif previous then
    redis.call('HDEL', lanes, lane)
  end
  redis.call('ZREM', idle, sleeper)
elseif isRepeat or report ~= '' or (isThere and (count > 0 or #taken > 0)) then
  noted = stamp .. '|' .. staleText .. report .. '|' .. string.format('%.0f', fence) .. '|' .. claims
end
if noted then
  redis.call('HSET', lanes, lane, string.format('%.0f|', seq) .. noted)
  if not previous then
    ${FORGET_LANES}
    forgetLanes(lanes)
  end
end
if isThere then
  ${MARK_SEEN}
${appends ? NOTE_ENDS : ''}end
if idleCount > 0 then
${
  shares
    ? `${WAKE_SHARED}  isMore = isMore or flow.added
`
    : WAKE_PLAIN
}${receives ? WAKE_FOR_INBOX : ''}  if isMore then
    ${WAKE}
    wake()
  end
end
${receives ? "if inboxIsBad then news = 'i' .. news end\n" : ''}${shares ? ANSWER_SHARED : appends ? ANSWER_WITH_SILENT : 'return answer(fence, nextDue, staleText, taken, records, report)\n'}`
}
