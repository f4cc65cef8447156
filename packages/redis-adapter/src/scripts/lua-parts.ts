/**
 * Lua that several scripts share. Each part names the locals that it uses; scripts put them in front of their own lines.
 * Every script reads and checks all it needs before its first write, because a failed script is not rolled back.
 */
import { definePart } from './define-part.ts'
import type { Part } from './define-part.ts'
import { lua } from './lua.ts'
import { ENDED_LANE_KEPT_MS, LANE_KEPT_MS, MAX_LEASE_MS } from '@mq/core/adapter'

/** The layout that this version writes and understands. Another is refused, loudly and before any write. */
export const LAYOUT = 2

/** `stored`: Lua that gives the layout that something bears, if any; `what` bears it. Another than ours ends the script. */
export const refuseLayout = (stored: string, what: string, needs: string): Part =>
  definePart({
    name: 'refuseLayout',
    needs,
    gives: '',
    lua: lua`
do
  local stored = ${stored}
  if stored and stored ~= '${LAYOUT}' and type(stored) == 'string' and tonumber(stored) ~= ${LAYOUT} then
    return redis.error_reply('MQLAYOUT this ${what} has layout ' .. string.sub(stored, 1, 20) .. ', this version knows ${LAYOUT}')
  end
end
`,
  })

/** Gives `now`: ms since 1970 by the server. Plain: a clock kept as a maximum would freeze after a step back. */
export const NOW: Part = definePart({
  name: 'NOW',
  needs: '',
  gives: 'time now',
  lua: lua`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`,
})

/** A gap without anybody: longer than the pause between two signs of life of a worker that holds something. */
const GAP_MS = 5_000
/** In the fraction of a lease's deadline: it was given time after an outage, once for each. */
export const GRACE = 0.25
/** And: the start of its task was noted. */
export const STARTED = 0.125

/** A worker that an outage cut off is back within this time, however long its lease is. */
const MOST_GRACE_MS = 30_000
/** More leases than all workers of a queue hold; beyond it the last to end get no time. */
const MOST_HELD = 100_000

/** `seen`: when somebody was last here. */
export const SEEN: Part = definePart({
  name: 'SEEN',
  needs: 'm',
  gives: 'seen',
  lua: lua`
local seen = tonumber(m[4])
`,
})

/**
 * After a gap in which nobody reached the
 * server, leases may have ended only because nobody could prolong them. So those that ended in the gap, or end soon after it,
 * are over a while later: after what was left of them when it began, at least one lease of whoever comes first. Once; in the gaps
 * that follow their time stands still, twice at the most, or workers that run now and then would recover nothing. A lease
 * bears in its fraction how often, and its next deadline does not. A lease that was over when somebody was last here gets no time.
 * Before any other write, since whoever comes first after the gap hides it. O(1); after a gap or a step of the clock O(leases).
 */
export const NOTE_GAP: Part = definePart({
  name: 'NOTE_GAP',
  needs: 'seen now leaseMs leases meta',
  gives: '',
  lua: lua`
do
  local away = seen and now - seen
  local goesBack = away and away < -1000
  local isGap = not away or goesBack or away > math.max(${GAP_MS}, leaseMs / 2)
  if isGap and redis.call('ZCARD', leases) > 0 then
    local since = away and not goesBack and '(' .. string.format('%.0f', seen) or '-inf'
    local till = goesBack and '+inf' or string.format('%.0f', now + ${MOST_GRACE_MS})
    local ending, changed = redis.call('ZRANGEBYSCORE', leases, since, till, 'WITHSCORES', 'LIMIT', 0, ${MOST_HELD}), {}
    for i = 1, #ending, 2 do
      local deadline = math.floor(ending[i + 1])
      local fraction, left = ending[i + 1] - deadline, away and deadline - seen or 0
      local ends = deadline
      if goesBack then
        -- The clock stepped back: what was left is left, but no less than a lease from now.
        ends = math.min(deadline, math.max(deadline + away, now + leaseMs))
      elseif fraction < ${2 * GRACE} then
        ends = math.max(deadline, now + math.min(${MOST_GRACE_MS}, fraction < ${GRACE} and math.max(left, leaseMs) or left))
        fraction = fraction + ${GRACE}
      end
      if ends ~= deadline then
        changed[#changed + 1] = string.format('%.3f', ends + fraction)
        changed[#changed + 1] = ending[i]
      end
    end
    for i = 1, #changed, 1000 do redis.call('ZADD', leases, unpack(changed, i, math.min(i + 999, #changed))) end
    seen = now
    redis.call('HSET', meta, 'seen', string.format('%.0f', now))
  end
end
`,
})

/** At the end. */
export const MARK_SEEN: Part = definePart({
  name: 'MARK_SEEN',
  needs: 'seen now meta leases leaseMs',
  gives: '',
  lua: lua`
-- Once a second: that somebody was here, and that no lease ends later than any can (somebody else wrote it).
if not seen or math.abs(now - seen) >= 1000 then
  redis.call('HSET', meta, 'seen', string.format('%.0f', now))
  local far = redis.call('ZRANGEBYSCORE', leases, '(' .. string.format('%.0f', now + ${MAX_LEASE_MS}), '+inf', 'LIMIT', 0, 1000)
  for i = 1, #far do redis.call('ZADD', leases, now + leaseMs, far[i]) end
end
`,
})

/**
 * `m`: layout, n, levels in use (descending), seen, fence, paused, whether a record may be large, bounds of what is
 * kept, bytes of outcomes, what no turn has reported; and `levelsLost`. What is no whole number counts as missing; where the levels are missing, all are looked at.
 */
export const META: Part = definePart({
  name: 'META',
  needs: 'meta',
  gives: 'm levelsLost',
  lua: lua`
local m = redis.call('HMGET', meta, 'layout', 'n', 'levels', 'seen', 'fence', 'paused', 'large', 'keep', 'keptBytes', 'unreported')
${refuseLayout('m[1]', 'queue', 'm')}for i = 2, 5 do
  if i ~= 3 and m[i] and not (#m[i] < 17 and string.find(m[i], '^%d+$')) then m[i] = false end
end
local levelsLost = not (m[3] and string.find(m[3], '^%d+$'))
if levelsLost then m[3] = '9876543210' end
`,
})

/**
 * Counters that live in hashes. What somebody else wrote there counts as 0: HINCRBY would fail on it, after writes.
 */
export const WHOLE: Part = definePart({
  name: 'WHOLE',
  needs: '',
  gives: 'whole',
  lua: lua`
local function whole(text)
  return text and string.find(text, '^%d+$') and #text < 10 and tonumber(text) or 0
end
`,
})

/** \`bump(key, n)\` adds one to a counter of task n. */
export const BUMP: Part = definePart({
  name: 'BUMP',
  needs: 'whole',
  gives: 'bump',
  lua: lua`
local function bump(key, n)
  redis.call('HSET', key, n, whole(redis.call('HGET', key, n)) + 1)
end
`,
})

/** While tasks run, somebody looks so often: an outage is known by a longer silence. */
const WATCH_MS = 4_000

/**
 * Until somebody has to look after what is leased, or `due` if that is sooner; -1: never. A lease that
 * ends must be recovered, and while there are any, somebody has to be seen.
 */
export const WATCH: Part = definePart({
  name: 'WATCH',
  needs: 'leases now',
  gives: 'watch',
  lua: lua`
local function watch(due)
  local ends = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
  if not ends then return due end
  ends = math.max(0, math.min(${WATCH_MS}, math.ceil(tonumber(ends)) - now))
  return due >= 0 and math.min(due, ends) or ends
end
`,
})

/**
 * A record in `tasks`: 13 digits (enqueued at, ms), one digit (level), the header, a newline, the payload.
 */
export const LEVEL_OF: Part = definePart({
  name: 'LEVEL_OF',
  needs: 'm',
  gives: 'levelOf',
  lua: lua`
local function levelOf(record)
  local level = tonumber(string.sub(record, 14, 14))
  if level and string.find(m[3], level, 1, true) then return level end
  return tonumber(string.sub(m[3], 1, 1))
end
`,
})

/** A thousand records of this size are what one call may read. Where none is larger, nobody has to ask for their sizes. */
export const LARGE_RECORD = 4_096

/**
 * `fitting(ns, most, hasSome)`: how many of these records, from the first, are together at most so many bytes; one
 * in any case, unless the caller has some. Asked before they are read: a read of 32 records of 1 MB holds up everybody.
 */
export const FITTING: Part = definePart({
  name: 'FITTING',
  needs: 'tasks',
  gives: 'fitting',
  lua: lua`
local function fitting(ns, most, hasSome)
  for i = 1, #ns do
    local size = redis.call('HSTRLEN', tasks, ns[i])
    if size > most and hasSome then return i - 1 end
    if size > 0 then hasSome = true end
    most = most - size
  end
  return #ns
end
`,
})

/** Cancelled tasks leave their numbers in the lists. So many may be skipped in one call. */
export const MOST_SKIPPED = 20_000

/** The time that an ended lane bears: it refuses what comes late, and is as good as old. */
export const ENDED_AT: string = `string.format('%.0f', now - ${LANE_KEPT_MS - ENDED_LANE_KEPT_MS})`

/**
 * `forgetLanes(key)`, on a new lane, forgets a few random ones that were silent for too long.
 */
export const FORGET_LANES: Part = definePart({
  name: 'FORGET_LANES',
  needs: 'now',
  gives: 'forgetLanes',
  lua: lua`
local function forgetLanes(key)
  if redis.call('HLEN', key) < 64 then return end
  local some = redis.call('HRANDFIELD', key, 8, 'WITHVALUES')
  for i = 1, #some, 2 do
    local at = tonumber(string.match(some[i + 1], '^%d+|(%d+)|'))
    if not at or now - at > ${LANE_KEPT_MS} then redis.call('HDEL', key, some[i]) end
  end
end
`,
})

/**
 * `known` is epoch, n, run and layout of `seq`. Gives `epoch`, `n`, the newest message's position, and `isNew`: the
 * epoch begins here, because the numbering was lost or may have been.
 */
export const POSITION: Part = definePart({
  name: 'POSITION',
  needs: 'known run time seq',
  gives: 'epoch n isNew',
  lua: lua`${refuseLayout('known[4]', 'channel', 'known')}
-- What somebody else wrote there counts as missing: subscribers could not read it.
local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
local epoch, n = digits(known[1]), tonumber(digits(known[2]) or '')
local isNew = not epoch or not n or (run ~= '' and known[3] and known[3] ~= run)
if isNew then
  epoch = string.format('%.0f', time[1] * 1000000 + time[2])
  -- Where messages are kept, the log and its numbers are of one piece, and go on.
  n = redis.call('HEXISTS', seq, 'at') == 1 and n or 0
end
`,
})
