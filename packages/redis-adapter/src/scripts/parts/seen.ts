/** Lua about when somebody was last here, and what becomes of leases when nobody was. */
import { MAX_LEASE_MS } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** A gap without anybody: longer than the pause between two signs of life of a worker that holds something. */
export const GAP_MS = 5_000
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
        changed[#changed + 1] = string.format('%.4f', ends + fraction)
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
