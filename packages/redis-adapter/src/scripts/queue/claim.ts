import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { SKIP } from '../parts/foreign.ts'
import { SLEEP, TELL_ROOM } from '../parts/hints.ts'
import { NEXT_DUE, NEXT_FREE, NOTE_TAKEN } from './free-in.ts'
import { CLAIM_KEYED, LOOK_AT_KEYS } from './claim-keyed.ts'
import { PASS_BY } from '../parts/lines.ts'
import { MOST_SKIPPED } from '../parts/meta.ts'
import { UNSEEN } from '../parts/grants.ts'
import { GRACE, STARTED } from '../parts/seen.ts'
import { lua } from '../lua.ts'

const LOST_AT_ONCE = 100
/** The first pop of a claim; the next are as large as the records seen allow. */
const FIRST_POP = 32

const RECOVER_ONE = lua`      local id, _, _, _, weight = readPlace(itsPlaces[i])
      if id then
        freed(id)
        giveBack(ns[i], id, levelOf(found[i]), weight)
      else
        redis.call('LPUSH', KEYS[READY + levelOf(found[i])], ns[i])
      end
`

const recover = (shares: boolean): Part =>
  definePart({
    name: shares ? 'RECOVER_KEYED' : 'RECOVER',
    needs: `leases now notes suspects tasks crashes runs READY bump whole levelOf foreign hasRuns${shares ? ' places readPlace freed giveBack dropPlace' : ''}`,
    gives: '',
    lua: lua`
-- Leases that ended: their workers died or stood still. Back to the head of their level, oldest first, and charged.
local lost = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'WITHSCORES', 'LIMIT', 0, ${LOST_AT_ONCE})
if #lost > 0 then
  -- Read with the claims from now on.
  redis.call('HLEN', notes)
  redis.call('LLEN', suspects)
  local ns, over, started, unseen = {}, {}, {}, {}
  for i = 1, #lost / 2 do
    over[i] = lost[2 * i - 1]
    ns[i] = string.match(over[i], '^%d+') or ''
    started[i] = lost[2 * i] % ${GRACE} >= ${STARTED}
    unseen[i] = lost[2 * i] % ${2 * UNSEEN} > 0
  end
  local found = redis.call('HMGET', tasks, unpack(ns))
  local before = redis.call('HMGET', crashes, unpack(ns))
${shares ? "  local itsPlaces = redis.call('HMGET', places, unpack(ns))\n" : ''}  for i = #ns, 1, -1 do
    if found[i] then
      bump(runs, ns[i])
      -- The first is charged in any case, so that plain tasks need no note of their start. That of a grant which nobody is known to
      -- have got waits for the second: only then the task may have killed both.
      if unseen[i] and not before[i] then
        redis.call('HSET', crashes, ns[i], 'unseen')
      elseif before[i] == 'unseen' then
        redis.call('HSET', crashes, ns[i], 2)
      elseif started[i] or whole(before[i]) == 0 then
        bump(crashes, ns[i])
      end
${shares ? RECOVER_ONE : "      redis.call('LPUSH', KEYS[READY + levelOf(found[i])], ns[i])\n"}    else
${shares ? '      dropPlace(ns[i], itsPlaces[i])\n' : ''}      foreign = foreign + 1
    end
  end
  redis.call('ZREM', leases, unpack(over))
  hasRuns = true
end

`,
  })

const RECOVER: Part = recover(false)
const RECOVER_KEYED: Part = recover(true)

/** Somebody wrote numbers into the lists that stood there already, or are held: a token is given once. */
const ONLY_NEW: Part = definePart({
  name: 'ONLY_NEW',
  needs: 'leases',
  gives: 'onlyNew',
  lua: lua`
local function onlyNew(taken, records, deadline)
  local kept, keptRecords, once = {}, {}, {}
  for k = 1, #taken do
    if not once[taken[k]] and tonumber(redis.call('ZSCORE', leases, taken[k])) == tonumber(deadline) then
      kept[#kept + 1] = taken[k]
      keptRecords[#kept] = records[k]
    end
    once[taken[k]] = true
  end
  return kept, keptRecords
end
`,
})

const SHARED_NEEDS =
  'places readPlace freed giveBack dropPlace stateOf doubted unhold standIn placeIn newRank isFree caps pace paced placeKeys hasKeys ring keyed isFull freeOf entriesOf readStates inPieces changed'

/**
 * The second half of a turn. `claim()` recovers lost leases, promotes what is due and
 * takes up to `want` tasks, suspects first or not at all, then level by level.
 */
const claim = (shares: boolean): Part =>
  definePart({
    name: shares ? 'CLAIM_SHARED' : 'CLAIM',
    needs: `leases now notes suspects tasks crashes bump runs whole READY levelOf foreign hasRuns sleeper sleeperAt again m idle watch leaseMs want suspectFrom hasDelayed LATER fitting maxBytes amount meta moved time idleCount hasRoom room tell completed${shares ? ` ${SHARED_NEEDS}` : ''}`,
    gives: `setAside claim${shares ? ' heldBack' : ''}`,
    lua: lua`
local setAside = false
${shares ? `local heldBack = false\n${LOOK_AT_KEYS.lua}` : ''}local function claim()
  ${shares ? RECOVER_KEYED : RECOVER}
  if m[6] then
    if sleeper and not again then
      ${SLEEP}
      sleep(sleeper, sleeperAt)
    end
    return 0, {}, {}, watch(-1), false
  end
  -- As text: Redis formats every number anew.
  local taken, records, scored, deadline = {}, {}, {}, string.format('%.0f', now + leaseMs)
  local bytes, largest, pop, missing, strange, cut = 0, 1, math.min(want, ${FIRST_POP}), 0, 0, false
  local passed = 0
  local count, levels = 0, m[3]
${shares ? CLAIM_KEYED : ''}  -- In one piece: a function for it would cost every task a tenth of a microsecond.
  for at = hasRuns and not suspectFrom and 0 or 1, #levels do
    local key = suspects
    if at > 0 then
      local level = string.byte(levels, at) - 48
      key = KEYS[READY + level]
      -- One more than is wanted, so that what is left is seen to be there. What this turn delays is not due.
      local due = hasDelayed[level] and redis.call('ZRANGEBYSCORE', KEYS[LATER + level], '-inf', now, 'LIMIT', 0, want + 1)
      if due and #due > 0 then
        redis.call('RPUSH', key, unpack(due))
        redis.call('ZREM', KEYS[LATER + level], unpack(due))
      end
    end
    while count < want and not cut and passed + missing + strange < ${MOST_SKIPPED} do
      local before = count
      local ns = redis.call('LPOP', key, math.max(1, math.min(pop, 1000)))
      while ns and m[11] and at > 0 do
        ${PASS_BY}
        local kept = passBy(string.sub(levels, at, at), ns)
        passed, ns = passed + #ns - #kept, kept
        if #ns > 0 or passed >= ${MOST_SKIPPED} then break end
        ns = redis.call('LPOP', key, 1000)
      end
      if not ns or #ns == 0 then break end
      local fit = m[7] and fitting(ns, maxBytes - bytes, before > 0) or #ns
      local isCut = fit < #ns
      for back = #ns, fit + 1, -1 do
        redis.call('LPUSH', key, ns[back])
        ns[back] = nil
      end
      if fit == 0 then
        cut = true
        break
      end
      local found = redis.call('HMGET', tasks, unpack(ns))
      local counts = hasRuns and redis.call('HMGET', runs, unpack(ns))
      local lost = hasRuns and suspectFrom and redis.call('HMGET', crashes, unpack(ns))
      local aside, areNumbers = {}, string.find(table.concat(ns), '^%d+$')
      for i = 1, #ns do
        local record, k = found[i], count + 1
        if lost and record and whole(lost[i]) >= suspectFrom then
          aside[#aside + 1] = ns[i]
        elseif k > want or (record and k > 1 and bytes + #record > maxBytes) then
          cut = k <= want
          for back = #ns, i, -1 do redis.call('LPUSH', key, ns[back]) end
          break
        elseif record and (areNumbers and ns[i] ~= '' or string.find(ns[i], '^%d+$')) then
          taken[k] = ns[i] .. (counts and '#' .. whole(counts[i]) or '#0')
          records[k] = record
          scored[2 * k - 1] = deadline
          scored[2 * k] = taken[k]
          count = k
          bytes = bytes + #record
          if #record > largest then largest = #record end
        elseif string.find(ns[i], '^%d+$') then
          missing = missing + 1
        else
          strange = strange + 1
        end
      end
      if #aside > 0 then
        redis.call('RPUSH', suspects, unpack(aside))
        passed, setAside = passed + #aside, true
      end
      -- Not by a suspect or a cancelled one: there is nothing to wait for.
      if isCut and count > 0 then cut = true end
      -- Where nothing could be taken, larger steps; else as many as are wanted and as the largest record seen lets through.
      pop = count == before and 2 * pop or math.min(want - count, math.floor((maxBytes - bytes) / largest))
    end
  end

  if #taken > 0 and redis.call('ZADD', leases, 'NX', unpack(scored)) < #taken then
    ${ONLY_NEW}
    taken, records = onlyNew(taken, records, deadline)
    strange = strange + count - #taken
  end
  if missing + strange > 0 then
    ${SKIP}
    skip(missing, strange)
  end
  if #taken > 0 then
    -- Never behind the clock, as the numbers of tasks.
    local fence = math.max(tonumber(m[5]) or 0, time[1] * 1000000 + time[2])
    local newest = string.format('%.0f', fence + #taken)
    if completed then
      redis.call('HSET', meta, 'fence', newest, 'completed', completed)
      completed = nil
    else
      redis.call('HSET', meta, 'fence', newest)
    end
${shares ? NOTE_TAKEN : "    if sleeper and idleCount > 0 then redis.call('ZREM', idle, sleeper) end\n"}    if hasRoom then
      ${TELL_ROOM}
      tellRoom(#taken)
    end
    return fence + 1, taken, records, ${shares ? 'nextDue' : '-1'}, cut
  end
  if passed + missing + strange >= ${MOST_SKIPPED} then return 0, taken, records, 0, false end
  if sleeper and not again then
    ${SLEEP}
    sleep(sleeper, sleeperAt)
  end
${NEXT_DUE}${shares ? NEXT_FREE : ''}  return 0, taken, records, watch(nextDue), false
end
`,
  })

export const CLAIM: Part = claim(false)
export const CLAIM_SHARED: Part = claim(true)
