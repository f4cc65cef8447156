/**
 * Lua that most scripts share: the time, what is said of a queue in general, and counters, records and lanes.
 * Every script reads and checks all it needs before its first write, because a failed script is not rolled back.
 */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { ENDED_LANE_KEPT_MS, LANE_KEPT_MS } from '@mq/core/adapter'

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

/** Of a script that reads nothing else of `meta`. */
export const REFUSE_LAYOUT: Part = refuseLayout(`redis.call('HGET', meta, 'layout')`, 'queue', 'meta')

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

/**
 * `m`: layout, n, levels in use (descending), seen, fence, paused, whether a record may be large, bounds of what is
 * kept, bytes of outcomes, what no turn has reported, whether `moved` has marks, how many were completed, bounds of the outcomes, keys and limits (as of SHARED), whether there are flows; and `levelsLost`. What is no whole number counts as missing; where the levels are missing, all are looked at.
 */
const metaWith = (name: string, more: string): Part =>
  definePart({
    name,
    needs: 'meta',
    gives: 'm levelsLost',
    lua: lua`
local m = redis.call('HMGET', meta, 'layout', 'n', 'levels', 'seen', 'fence', 'paused', 'large', 'keep', 'keptBytes', 'unreported', 'moved', 'completed', 'outcomes', 'shared', 'flows'${more})
${refuseLayout('m[1]', 'queue', 'm')}for i = 2, 5 do
  if i ~= 3 and m[i] and not (#m[i] < 17 and string.find(m[i], '^%d+$')) then m[i] = false end
end
local levelsLost = not (m[3] and string.find(m[3], '^%d+$'))
if levelsLost then m[3] = '9876543210' end
`,
  })

export const META: Part = metaWith('META', '')

/** Also whether it is sealed: see `EnqueueBatch.seals`. */
export const META_AND_SEAL: Part = metaWith('META_AND_SEAL', `, 'sealed'`)

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

/** `bump(key, n)` adds one to a counter of task n. */
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
 * `fitting(ns, most, hasSome)`: how many of these records, from the first, are together at most `most` bytes; one
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
