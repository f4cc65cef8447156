import type { ClaimedTask, GroupStart, GroupTurnReply, Turn } from '@mq/core/adapter'
import { MAX_LEASE_MS } from '@mq/core/adapter'
import { groupPartsWithChannelBut } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { GROUP_CLAIM } from './group-claim.ts'
import { DIGITS, FLOOR, GROUP_META, GROUP_TELL, PLACE, REST_BELL } from './group-parts.ts'
import { ACTS } from '../parts/acts.ts'
import { GROUP_SETTLE } from './group-settle.ts'
import { AMOUNT, NOTE_KEPT, keepArgument, keepLimits, STORED_KEEP } from '../parts/keep.ts'
import { FOREIGN, REPORT, WITH_REPORT } from '../parts/foreign.ts'
import { SLEEP, WAKE } from '../parts/hints.ts'
import { ENDED_AT, FORGET_LANES, LAYOUT, NOW, refuseLayout } from '../parts/meta.ts'
import { MARK_SEEN, NOTE_GAP, SEEN, WATCH } from '../parts/seen.ts'
import { actOf } from '../queue/settle-and-claim.ts'

/** A channel has at most so many groups. */
const MOST_GROUPS = 1_000

/**
 * KEYS     seq log readers floors alive bells meta leases hands held open returned back suspects delays lanes idle dead graves notes
 * ARGV     lane, number of the turn, repeat 0|1, want, maxBytes, leaseMs, topic of the participant, a (await work), l (the lane ends)
 *          or n (neither) and bounds of dead letters or '', group, where a new group begins, lost leases from which a message is set
 *          aside or '', count of settlements, then (lease, act) for each, the acts of `settle-and-claim`
 * RETURNS  now, the hand, ms until the next is due or -1, indices of stale settlements by commas, ids by commas ("-": no
 *          longer held), their texts, "failures|crashes" of each (or none at all), how many messages were lost, began 0|1, memos (or none),
 *          1 for suspects + 2 for paused, dead letters dropped for a bound and entries dropped that another program wrote (or none)
 * The turn of a group's member. A repeated call settles nothing again and returns those of its claims that are still held.
 * Writes all or nothing; O(settlements + want).
 */
export const groupTurnScript: Script = defineScript({
  name: 'group-turn',
  parts: groupPartsWithChannelBut('publishers'),
  allowOom: true,
  lua: lua`
local lane, number, isRepeat = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local want, maxBytes, leaseMs = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local wish = string.sub(ARGV[8], 1, 1)
local topic, isLast, group, start = ARGV[7], wish == 'l', ARGV[9], ARGV[10]
local suspectFrom, count = tonumber(ARGV[11]), tonumber(ARGV[12])
if not (number and want and maxBytes and leaseMs and count) or not (want >= 0 and want <= 1000 and want % 1 == 0)
  or not (leaseMs >= 1 and leaseMs <= ${MAX_LEASE_MS}) or not (count >= 0 and count <= 1000) or #ARGV ~= 12 + 2 * count
  or not (string.find(start, '^%a+$') or string.find(start, '^since %d+$') or string.find(start, '^position %S+ %d+$')) then
  return redis.error_reply('MQARGS a turn is not right')
end
${arrangeParts(NOW, DIGITS, GROUP_META, GROUP_TELL, WAKE, SLEEP, FORGET_LANES, SEEN, WATCH, REST_BELL, keepLimits('string.sub(ARGV[8], 2)', STORED_KEEP), AMOUNT, NOTE_KEPT, FOREIGN, REPORT, WITH_REPORT, PLACE, FLOOR)}

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
if isNext and count == 0 and want > 0 and not isRepeat and wish == 'a' and m[2] and m[2] == m[11] and not m[12] and m[3] ~= '1' and m[10] == '0'
  and sums[1] == m[8] and redis.call('EXISTS', leases, held, returned, delays, suspects) == 0 then
  redis.call('ZADD', alive, now, group)
  sleep(member)
  restBell()
  return { now, '0', -1, '', '', {}, {}, 0, 0, {}, 0 }
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

local cursor, readN, began = m[2], tonumber(m[8]), not m[2]
local lost, out, fence = tonumber(m[9]) or 0, tonumber(m[10]) or 0, m[5]
${arrangeParts(ACTS, GROUP_SETTLE)}
${GROUP_CLAIM}

if previous then
  local previousNumber, staleBefore, handBefore, lostBefore = string.match(previous, '^(%d+)|%d+|([^|]*)|(%d+)|(%d+)$')
  previousNumber = tonumber(previousNumber) or 0
  if previousNumber > number then return redis.error_reply('MQSTALE a newer turn of this lane was answered') end
  if previousNumber == number then
    return withReport(replay(string.match(staleBefore, '^[^;]*'), handBefore, lostBefore), staleBefore)
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
  return answer(0, -1, table.concat(stale, ','), {}, {}, {}, 0)
end
if began then cursor, readN = placeOf(start) end
if not seen or math.abs(now - seen) >= 1000 then redis.call('ZADD', alive, now, group) end
${NOTE_GAP}
local lostSoFar, stale, requeued = lost, {}, false
if count > 0 then stale, requeued = settle() end
local hand, ids, texts, facts, nextDue, cut = 0, {}, {}, {}, -1, false
recover()
if want > 0 and m[3] ~= '1' then hand, ids, texts, facts, nextDue, cut = claim() end
if #ids == 0 and want > 0 then nextDue = watch(nextDue) end
suspectsLeft = suspectFrom and m[3] ~= '1' and (hasReturned or setAside) and redis.call('LLEN', suspects) > 0
local staleText, lostNow = table.concat(stale, ','), lost - lostSoFar
local floor = settleFloor(cursor, readN, m[11])
-- What others left, not by the last turn of a lane: it is not repeated, and its reply may reach nobody.
local report = reportOf(deadDropped, not isLast and m[12])

if began or count > 0 or #ids > 0 or lostNow > 0 or floor ~= m[11] or out ~= tonumber(m[10]) then
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'cursor', cursor, 'read', whole16(readN), 'lost', whole16(lost),
    'out', whole16(math.max(0, out)), 'floor', floor, 'fence', whole16(fence or 0))
end
${MARK_SEEN}

if isLast then
  redis.call('HSET', lanes, lane, ARGV[2] .. '|' .. ${ENDED_AT} .. '|' .. staleText .. '|0|0')
  if not previous then forgetLanes(lanes) end
  redis.call('ZREM', idle, member)
elseif count > 0 or #ids > 0 or lostNow > 0 or report ~= '' or isRepeat then
  redis.call('HSET', lanes, lane, ARGV[2] .. '|' .. whole16(now) .. '|' .. staleText .. report .. '|' ..
    whole16(hand) .. '|' .. whole16(lostNow))
  if not previous then forgetLanes(lanes) end
end
if #ids > 0 and idleCount > 0 then
  redis.call('ZREM', idle, member)
elseif wish == 'a' and #ids == 0 then
  sleep(member)
  idleCount = idleCount + 1
end
if idleCount > 0 and m[3] ~= '1' then
  restBell()
  if requeued and #ids < want then requeued = false end
  if requeued or setAside or ((want > 0 or count == 0) and (cut or #ids == want) and hasMore()) then wake() end
end
return withReport(answer(hand, nextDue, staleText, ids, texts, facts, lostNow), report)
`,
})

export function groupTurnArguments(turn: Turn, topic: string, group: string, from: GroupStart): (string | number)[] {
  const { lane, seq, repeat, want, maxBytes, leaseMs, awaitWork, suspectFrom = '', last, settlements } = turn
  const wish = `${last ? 'l' : awaitWork ? 'a' : 'n'}${keepArgument(turn.keep)}`
  const head = [lane, seq, repeat ? 1 : 0, want, maxBytes, leaseMs, topic, wish, group, startArgument(from)]
  const args = [...head, suspectFrom, settlements.length]
  for (const settlement of settlements) args.push(settlement.lease, actOf(settlement))
  return args
}

export function startArgument(start: GroupStart): string {
  if (typeof start === 'string') return start
  if ('sinceMs' in start) return `since ${Math.ceil(start.sinceMs)}`
  return `position ${start.position.epoch} ${start.position.n}`
}

type Reply = [
  number,
  string,
  number,
  string,
  string,
  string[],
  string[],
  number,
  number,
  (string | null)[],
  number,
  number?,
  number?,
]

/** "offset epoch n body", as `append` writes it. */
const TEXT = /^\d{1,16} \d{1,16} \d{1,16} /

export function parseGroupTurn(reply: unknown): GroupTurnReply {
  const [claimedAt, hand, nextDueInMs, stale, idList, texts, facts, lost, began, memos, flags, ...report] =
    reply as Reply
  const [deadDropped = 0, foreign = 0] = report
  const first = Number(hand)
  const claimed: ClaimedTask[] = []
  const ids = idList === '' ? [] : idList.split(',')
  for (let i = 0; i < ids.length; i++) {
    // Of a repeated turn, and no longer held.
    if (ids[i] === '-') continue
    const [failures = 0, crashes = 0] = facts[i] ? facts[i]!.split('|').map(Number) : []
    claimed.push({
      lease: `${hand}.${i + 1}`,
      fence: first + i,
      claimedAt,
      failures,
      crashes,
      ...messageOf(ids[i]!, texts[i]!),
      ...(memos[i] == null ? undefined : { memo: memos[i]! }),
    })
  }
  return {
    stale: stale === '' ? [] : stale.split(',').map((index) => Number(index) - 1),
    claimed,
    ...(nextDueInMs >= 0 ? { nextDueInMs } : undefined),
    ...(lost > 0 ? { lost } : undefined),
    ...(began === 1 ? { began: true } : undefined),
    ...((flags & 1) === 1 ? { suspects: true } : undefined),
    ...((flags & 2) === 2 ? { paused: true } : undefined),
    ...(deadDropped > 0 ? { deadDropped } : undefined),
    ...(foreign > 0 ? { foreign } : undefined),
  }
}

type Delivered = Pick<ClaimedTask, 'n' | 'enqueuedAt' | 'header' | 'payload' | 'malformed'>

/** What another program wrote is given whole, and marked. */
function messageOf(id: string, text: string): Delivered {
  const dash = id.indexOf('-')
  const n = id.slice(dash + 1)
  const enqueuedAt = Number(id.slice(0, dash))
  if (!TEXT.test(text)) return { n, enqueuedAt, header: '', payload: text, malformed: true }
  return { n, enqueuedAt, header: '', payload: text.slice(text.indexOf(' ') + 1) }
}
