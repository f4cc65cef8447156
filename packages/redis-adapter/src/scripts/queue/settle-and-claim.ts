import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import type { Turn, TurnReply } from '@mq/core/adapter'
import { MAX_LEASE_MS } from '@mq/core/adapter'
import { parseRecord } from '../../record.ts'
import { queuePartsBut } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { actOf } from '../parts/act-of.ts'
import { actsAfter } from '../parts/acts.ts'
import { ANSWER, REPLAY } from './answer.ts'
import { CLAIM } from './claim.ts'
import { FOREIGN, REPORT } from '../parts/foreign.ts'
import { SLEEP, TELL, WAKE } from '../parts/hints.ts'
import { AMOUNT, KEPT, keepArgument, keepLimits, NOTE_KEPT } from '../parts/keep.ts'
import { BUMP, WHOLE, ENDED_AT, FITTING, FORGET_LANES, LEVEL_OF, META, NOW } from '../parts/meta.ts'
import { MARK_SEEN, NOTE_GAP, SEEN, WATCH } from '../parts/seen.ts'
import { lua } from '../lua.ts'
import { CHECK_SETTLE, OWNED, SETTLE } from './settle.ts'

/**
 * `keep`: whether results are kept; `bounds`: of what is kept, or ''. `topic`: for hints of work (or that was hinted), or ''. `suspectFrom`: lost
 * leases from which a task is set aside. `count`: of settlements; `ownedCount`: of those that have a caller's own id.
 */
const TURN = {
  lane: 'text',
  seq: 'number',
  isRepeat: 'flag',
  want: 'number',
  maxBytes: 'number',
  leaseMs: 'number',
  keep: 'flag',
  bounds: 'text',
  topic: 'text',
  isLast: 'flag',
  suspectFrom: 'number',
  ownedCount: 'number',
  count: 'number',
} as const

/**
 * KEYS     all parts of the queue but producers
 * ARGV     TURN, then (lease, act) for each settlement, then OWNED for each that has a caller's own id.
 *          act: "C<result>" complete, "c" complete without, "R<ms>" or "R<ms>|<error>" retry charged, "r<ms>" retry uncharged, "F" release,
 *          "B<json of reason and detail>" bury charged, "b…" bury uncharged, "X" expire
 * RETURNS  now, fence of the first claimed, ms until the next is due or -1, indices of stale settlements by commas,
 *          leases by commas, records, crashes, failures, memos (all three empty when no task was given back before),
 *          1 for suspects + 2 for paused, dead letters dropped for a bound and entries dropped that another program wrote (or none)
 * A repeated call settles nothing again and returns those of its claims that are still held. One that only claims, where nothing is,
 * reads three keys (and the heads of other levels in use). Writes all or nothing; O(settlements + want).
 */
export const settleAndClaimScript: Script = defineScript({
  name: 'settle-and-claim',
  parts: queuePartsBut('producers'),
  allowOom: true,
  lua: lua`
${readArguments(TURN)}
if not (seq and want and maxBytes and leaseMs and ownedCount and count) or not (want >= 0 and want <= 1000 and want % 1 == 0)
  or not (leaseMs >= 1 and leaseMs <= ${MAX_LEASE_MS}) or not (count >= 0 and count <= 1000)
  or #ARGV ~= ${lengthOf(TURN)} + 2 * count + ${lengthOf(OWNED)} * ownedCount then
  return redis.error_reply('MQARGS a turn is not right')
end
${arrangeParts(NOW, META)}
local previous = redis.call('HGET', lanes, lane)
-- What sleeping workers ask again and again: is there anything at all?
if count == 0 and want > 0 and not isRepeat and not isLast and not m[10] and (tonumber(string.match(previous or '0', '^%d+')) or seq) < seq then
  local lists = {}
  for at = 1, #m[3] do lists[at] = KEYS[READY + string.byte(m[3], at) - 48] end
  if redis.call('EXISTS', tasks, unpack(lists)) == 0 then
    if topic ~= '' then
      ${SLEEP}
      sleep(topic .. '|' .. string.match(lane, '^[^.]*'))
    end
    return { now, '0', -1, '', '', {}, {}, {}, {}, m[6] and 2 or 0 }
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
local idleCount = redis.call('ZCARD', idle)
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

${arrangeParts(ANSWER, REPLAY, actsAfter(lengthOf(TURN)), KEPT, CHECK_SETTLE)}
${arrangeParts(WHOLE, BUMP, TELL, keepLimits('bounds'), AMOUNT, NOTE_KEPT, FOREIGN, LEVEL_OF, FITTING, WATCH, SEEN, NOTE_GAP)}
local stamp = string.format('%.0f', now)
${arrangeParts(SETTLE, CLAIM)}
local staleText = table.concat(stale, ',')
local fence, taken, records, nextDue, cut = 0, {}, {}, -1, false
if want > 0 then fence, taken, records, nextDue, cut = claim() end
suspectsLeft = hasRuns and suspectFrom and not m[6] and redis.call('LLEN', suspects) > 0
if completed then redis.call('HSET', meta, 'completed', completed) end
local claims = table.concat(taken, ',')
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
  redis.call('ZREM', idle, topic .. '|' .. string.match(lane, '^[^.]*'))
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
end
if idleCount > 0 then
  local isMore = setAside or (requeued and #taken >= want)
  if not isMore and (want > 0 or (count == 0 and not m[6])) and (cut or #taken == want) then
    for at = 1, #m[3] do
      local level = string.byte(m[3], at) - 48
      isMore = isMore or redis.call('LLEN', KEYS[READY + level]) > 0
    end
  end
  if isMore then
    ${WAKE}
    wake()
  end
end
return answer(fence, nextDue, staleText, taken, records, report)
`,
})

export function turnArguments(turn: Turn, topic: string): (string | number)[] {
  const { lane, seq, repeat, want, maxBytes, leaseMs, keepResults, keep, awaitWork, settlements } = turn
  const last = turn.last === true
  let ownedCount = 0
  for (const { id } of settlements) if (id !== undefined) ownedCount++
  const args = argumentsOf(TURN, {
    lane,
    seq,
    isRepeat: repeat,
    want,
    maxBytes,
    leaseMs,
    keep: keepResults,
    bounds: keepArgument(keep),
    topic: awaitWork || last ? topic : '',
    isLast: last,
    suspectFrom: turn.suspectFrom ?? '',
    ownedCount,
    count: settlements.length,
  })
  for (const settlement of settlements) args.push(settlement.lease, actOf(settlement, true))
  for (let i = 0; ownedCount > 0 && i < settlements.length; i++) {
    const { id } = settlements[i]!
    if (id !== undefined) args.push(...argumentsOf(OWNED, { i: i + 1, id }))
  }
  return args
}

/** What somebody else wrote counts as 0, as it does in the scripts. */
function countOf(text: string | null | undefined): number {
  return text != null && /^\d{1,9}$/.test(text) ? Number(text) : 0
}

type Texts = readonly (string | null)[]
type Reply = [number, string, number, string, string, string[], Texts, Texts, Texts, number, number?, number?]

export function parseTurn(reply: unknown): TurnReply {
  const [
    claimedAt,
    fence,
    nextDueInMs,
    stale,
    leases,
    records,
    crashes,
    failures,
    memos,
    flags,
    deadDropped = 0,
    foreign = 0,
  ] = reply as Reply
  const first = Number(fence)
  const claimed = leases === '' ? [] : leases.split(',')
  return {
    stale: stale === '' ? [] : stale.split(',').map((index) => Number(index) - 1),
    claimed: claimed.flatMap((lease, i) =>
      // Empty: of a repeated turn, and no longer held.
      lease === ''
        ? []
        : {
            lease,
            n: lease.slice(0, lease.indexOf('#')),
            fence: first + i,
            claimedAt,
            crashes: countOf(crashes[i]),
            failures: countOf(failures[i]),
            memo: memos[i] ?? undefined,
            ...parseRecord(records[i]!),
          },
    ),
    ...(nextDueInMs >= 0 ? { nextDueInMs } : undefined),
    ...((flags & 1) === 1 ? { suspects: true } : undefined),
    ...((flags & 2) === 2 ? { paused: true } : undefined),
    ...(deadDropped > 0 ? { deadDropped } : undefined),
    ...(foreign > 0 ? { foreign } : undefined),
  }
}
