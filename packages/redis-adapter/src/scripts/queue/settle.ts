import { lengthOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { KEEP_ERROR } from '../parts/failures.ts'
import { FORGET_FAILURES, FORGET_NOTES } from '../parts/forget.ts'
import { BURY, END_ID, IDS, TELL_END, TELL_ENDS } from '../parts/endings.ts'
import { KEEP_OUTCOMES, OUTCOME, READ_KEPT } from '../parts/keep.ts'
import { ADD_TOTALS, Total } from '../parts/totals.ts'
import { BACK_TO_KEY, LEAVE_KEYS } from './settle-keyed.ts'
import { FLOW_SETTLED } from '../parts/flow.ts'
import { lua } from '../lua.ts'

/** Of each settlement whose task has a caller's own id. `i`: its index, from 1. */
export const OWNED = { i: 'number', id: 'text' } as const

/** Reads what SETTLE may write. */
export const CHECK_SETTLE: Part = definePart({
  name: 'CHECK_SETTLE',
  needs:
    'count hasMore waiters notes ownedCount keep buries expires differs results keptCount order oldestRun dead graves ids ended',
  gives: 'hasWaiters hasNotes',
  lua: lua`
local hasWaiters, hasNotes = false, false
if count > 0 then
  hasWaiters = hasMore and redis.call('HLEN', waiters) > 0
  hasNotes = hasMore and redis.call('HLEN', notes) > 0
  local hasIds = ownedCount > 0
  -- Who forgets an id looks whether its outcome or its grave is kept.
  if keep or expires or differs or hasIds then
    ${READ_KEPT}
  end
  if buries or hasIds then
    redis.call('ZCARD', dead)
    redis.call('HLEN', graves)
  end
  if hasIds then
    redis.call('HLEN', ids)
    redis.call('ZCARD', ended)
  end
end
`,
})

/** All but an id and an act is ASCII. */
const APPEND_SETTLED: string = lua`  if ends and #over > 0 then
    local owners, lengths = {}, {}
    for length in string.gmatch(units, '%d+') do lengths[#lengths + 1] = tonumber(length) end
    for at = ACT + count + 1, #ARGV, ${lengthOf(OWNED)} do
      ${readArguments(OWNED, 'at')}
      if i and members[i] then owners[string.match(members[i], '^%d+')] = id end
    end
    for i = 1, #over do
      local at = overAt[i]
      local more = lengths[at] and #ARGV[ACT + at] - lengths[at]
      addEnd(owners[over[i]], outcomes[i], more and more >= 0 and #outcomes[i] - more or nil)
    end
    silent = appendEnds()
  end
`

/**
 * The first half of a turn. Applies the settlements whose lease is still the newest. Gives `stale`,
 * the indices of the others, `requeued`, whether tasks went back, `deadDropped`, and `completed`, the text for
 * whoever writes to `meta` next. What few turns need is made where they need it. `appends`: the ends of tasks to the queue's
 * outcomes, if these are kept; then it gives `silent`, as `appendEnds` answers it.
 */
const settle = (appends: boolean, shares = false): Part => {
  /** Whether somebody needs to know how each ended. */
  const wanted = shares
    ? '(hasWaiters or ends or m[15] or flow.nexts)'
    : appends
      ? '(hasWaiters or ends)'
      : 'hasWaiters'
  return definePart({
    name: shares ? 'SETTLE_SHARED' : appends ? 'SETTLE_APPENDING' : 'SETTLE',
    needs: `count LEASE ACT COMPLETE completes OTHERWISE RELEASE RETRY_CHARGED RETRY BURY_CHARGED BURY EXPIRE leases hasWaiters stamp keep tasks foreign whole failures crashes runs graves dead now keepLimits meta amount noteKept m results order keptCount oldestRun READY levelOf bump LATER hasRuns hasFailures hasNotes notes tell waiters ownedCount ended ids expires${appends ? ' ends addEnd appendEnds units' : ''}${shares ? ' places readPlace freed giveBack dropPlace stateOf readStates hold doubted placeIn standIn newRank caps pace flow meta' : ''}`,
    gives: `stale requeued deadDropped completed${appends ? ' silent' : ''}`,
    lua: lua`
local stale, requeued, deadDropped, completed = {}, false, 0, nil
${appends ? 'local silent\nlocal overAt = {}\n' : ''}if count > 0 then
  local members = { unpack(ARGV, LEASE + 1, ACT) }
  local held = redis.call('ZMSCORE', leases, unpack(members))
  local gone, over, once, applied = {}, {}, {}, {}
  local outcomes, kept, back, backActs, graveActs = {}, {}, {}, {}, {}
  local died, failed, retried = 0, 0, 0
  -- Most turns: all complete, and nothing else is asked. What each costs here is a good part of what a task costs.
  local isPlain = completes and ownedCount == 0${appends ? ' and not ends' : ''}${shares ? ' and not m[15] and not flow.nexts' : ''}
  -- Fewer are removed where one is gone, or named twice: then each is looked at, by what was held before.
  isPlain = isPlain and redis.call('ZREM', leases, unpack(members)) == count
  for i = 1, isPlain and count or 0 do
    local lease = members[i]
    local n = string.byte(lease, -2) == 35 and string.sub(lease, 1, -3) or string.match(lease, '^%d+')
    over[i] = n
    if keep or hasWaiters then
      local act = ARGV[ACT + i]
      local outcome = n .. (string.byte(act) == COMPLETE and '|C|' or '|c|') .. stamp .. '|' .. string.sub(act, 2)
      if hasWaiters then outcomes[i] = outcome end
      if keep then
        kept[2 * i - 1] = n
        kept[2 * i] = outcome
      end
    end
  end
  for i = isPlain and count + 1 or 1, count do
    local lease, act = members[i], ARGV[ACT + i]
    if not held[i] or once[lease] then
      stale[#stale + 1] = i
    else
      gone[#gone + 1] = lease
      once[lease] = true
      applied[i] = true
      local n, kind = string.match(lease, '^%d+'), string.byte(act)
      if kind == RELEASE or kind == RETRY_CHARGED or kind == RETRY then
        back[#back + 1] = n
        backActs[#back] = act
      else
        over[#over + 1] = n
${appends ? '        overAt[#over] = i\n' : ''}        if kind == BURY_CHARGED or kind == BURY then
          graveActs[#graveActs + 1] = n
          graveActs[#graveActs + 1] = act
          if ${wanted} then outcomes[#over] = n .. '|D|' .. stamp .. '|' .. string.sub(act, 2) end
        else
          -- Its result is kept where the turn keeps none, or the other way round.
          local isKept = keep
          if kind == OTHERWISE then isKept, act = not keep, string.sub(act, 2) end
          if isKept or ${wanted} or kind == EXPIRE then
            local outcome = n .. '|' .. string.sub(act, 1, 1) .. '|' .. stamp .. '|' .. string.sub(act, 2)
            if ${wanted} then outcomes[#over] = outcome end
            if isKept or kind == EXPIRE then
              kept[#kept + 1] = n
              kept[#kept + 1] = outcome
            end
          end
        end
      end
    end
  end
  if #graveActs > 0 then
    ${BURY}
    local buried = 0
    for i = 1, #graveActs, 2 do
      local act = graveActs[i + 1]
      local charge = string.byte(act) == BURY_CHARGED and 1 or 0
      local log = hasNotes and redis.call('HGET', notes, 'l' .. graveActs[i])
      local bytes = bury(graveActs[i], charge, string.sub(act, 2), log)
      if bytes > 0 then
        buried, died, failed = buried + bytes, died + 1, failed + charge
      end
    end
    if buried > 0 then deadDropped = trimDead(buried) end
  end
  if #kept > 0 then
    ${KEEP_OUTCOMES}
    keepOutcomes(kept)
  end
  -- Released ones to the head of their levels, in the order in which they were given; others to the end, or later.
  if #back > 0 then
    local found = redis.call('HMGET', tasks, unpack(back))
${shares ? "    local itsPlaces = redis.call('HMGET', places, unpack(back))\n" : ''}    for i = #back, 1, -1 do
      if found[i] ${shares ? 'and not itsPlaces[i] ' : ''}and string.byte(backActs[i]) == RELEASE then redis.call('LPUSH', KEYS[READY + levelOf(found[i])], back[i]) end
    end
    for i = 1, #back do
      local n, act = back[i], backActs[i]
      -- No record: somebody deleted it. There is nothing to run.
      if not found[i] then
${shares ? '        dropPlace(n, itsPlaces[i])\n' : ''}        foreign = foreign + 1
      else
        local level, kind = levelOf(found[i]), string.byte(act)
        bump(runs, n)
${shares ? BACK_TO_KEY : ''}        if kind ~= RELEASE then
          retried = retried + 1
          local delay, failure = string.match(act, '^%a(%d+)|?(.*)$')
          delay = tonumber(delay)
          if kind == RETRY_CHARGED then
            failed = failed + 1
            if failure == '' then
              bump(failures, n)
            else
              ${KEEP_ERROR}
            end
          end
          if delay > 0 then
            redis.call('ZADD', KEYS[LATER + level], now + delay, n)
          ${shares ? 'elseif not id then' : 'else'}
            redis.call('RPUSH', KEYS[READY + level], n)
          end
        end
      end
    end
    hasRuns, requeued = true, true
  end
  if #over > 0 then
    redis.call('HDEL', tasks, unpack(over))
${shares ? LEAVE_KEYS : ''}    if hasRuns then
      redis.call('HDEL', runs, unpack(over))
      redis.call('HDEL', crashes, unpack(over))
      if hasFailures then
        ${FORGET_FAILURES}
      end
    end
    if hasNotes then
      ${FORGET_NOTES}
    end
    if hasWaiters then
      ${arrangeParts(TELL_END, TELL_ENDS)}
    end
    if ownedCount > 0 then
      ${OUTCOME}
      ${IDS}
      ${END_ID}
      local first = ACT + count + 1
      for at = first, #ARGV, ${lengthOf(OWNED)} do
        ${readArguments(OWNED, 'at')}
        local kind = i and ARGV[ACT + i] and string.byte(ARGV[ACT + i])
        if applied[i] and kind ~= RELEASE and kind ~= RETRY_CHARGED and kind ~= RETRY then endId(string.match(members[i], '^%d+'), id) end
      end
    end
  end
${appends ? APPEND_SETTLED : ''}${shares ? FLOW_SETTLED : ''}  if #gone > 0 then redis.call('ZREM', leases, unpack(gone)) end
  local done = #over - #graveActs / 2
  if (expires and #over > 0) or died + retried > 0 then
    local expired = 0
    for i = 1, count do
      if applied[i] and string.byte(ARGV[ACT + i]) == EXPIRE then expired = expired + 1 end
    end
    done = done - expired
    ${ADD_TOTALS}
    addTotals(${Total.failed}, failed, ${Total.retried}, retried, ${Total.dead}, died, ${Total.expired}, expired)
  end
  if done > 0 then
    local before = tonumber(m[12] or 0)
    completed = string.format('%d', (before and before >= 0 and before < 1e15 and before % 1 == 0 and before or 0) + done)
  end
end
`,
  })
}

export const SETTLE: Part = settle(false)
export const SETTLE_SHARED: Part = settle(true, true)
export const SETTLE_APPENDING: Part = settle(true)
