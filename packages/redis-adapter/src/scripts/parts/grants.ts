/** Lua of grants: a hint of work that brings its task along, leased to the worker that it wakes. */
import { MAX_GRANT_BYTES, MAX_GRANT_MS } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { HINTS } from '../../keys.ts'
import { lua } from '../lua.ts'
import { GAP_MS } from './seen.ts'

/** In the fraction of a lease's deadline: nobody said that its task arrived, so its end is not charged. */
export const UNSEEN = 0.0625
/** In the fraction of the time of a sleeper's last look: a hint to it may bring a task along. */
const TAKES_GRANT = 0.5
/** A worker that looked last before this, ms, may be on a machine that vanished: it gets a hint alone. */
const LOOKED_WITHIN_MS = 15_000
/** Of a record: 13 digits, the level, and a newline after the header. */
const FRAME_BYTES = 15

/**
 * `sleeper`: this worker's member of `idle`, or false; `sleeperAt`: its score. "topic|worker", or "topic|leaseMs!worker" of one that takes
 * grants, whether or not it takes one now: older versions find the topic in both.
 */
export const SLEEPER: Part = definePart({
  name: 'SLEEPER',
  needs: 'lane topic grants leaseMs now',
  gives: 'worker sleeper sleeperAt',
  lua: lua`
local worker = string.match(lane, '^[^.]*')
local sleeper = topic ~= '' and topic .. '|' .. (grants ~= '' and leaseMs .. '!' or '') .. worker
local sleeperAt = grants == '1' and now + ${TAKES_GRANT} or now
`,
})

/**
 * Of an enqueueing script that adds one task, for which nobody may wait: `findGrantee()` answers the topic and the name of the worker that looked
 * last, and the time of the lease. Nil where it takes no grant now, did not look for a while, or is not known to hear hints: then it gets a hint alone. Also where tasks are leased and nobody was seen for a while, which
 * whoever comes next has to notice, and where a lease is over.
 */
export const FIND_GRANTEE: Part = definePart({
  name: 'FIND_GRANTEE',
  needs: 'idle wasEmpty m READY LATER now leased leases',
  gives: 'findGrantee',
  lua: lua`
local function findGrantee()
  local next = redis.call('ZREVRANGE', idle, 0, 0, 'WITHSCORES')
  local topic, leaseMs, worker = string.match(next[1] or '', '^(.*)|(%d+)!(.*)$')
  if not topic or tonumber(next[2]) % 1 ~= ${TAKES_GRANT} then return nil end
  if now - tonumber(next[2]) > ${LOOKED_WITHIN_MS} then return nil end
  if leased > 0 then
    local away = now - (tonumber(m[4]) or 0)
    if away < -1000 or away > math.max(${GAP_MS}, leaseMs / 2) then return nil end
    if tonumber(redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]) <= now then return nil end
  end
  for at = 1, wasEmpty and 0 or #m[3] do
    local level = string.byte(m[3], at) - 48
    if redis.call('LLEN', KEYS[READY + level]) > 0 then return nil end
    local due = redis.call('ZRANGE', KEYS[LATER + level], 0, 0, 'WITHSCORES')[2]
    if due and tonumber(due) <= now then return nil end
  end
  local listeners = redis.pcall('PUBSUB', string.find(topic, '}${HINTS}', 1, true) and 'SHARDNUMSUB' or 'NUMSUB', topic)
  if not (tonumber(listeners[2]) and tonumber(listeners[2]) > 0) then return nil end
  redis.call('ZREM', idle, next[1])
  return topic, worker, math.min(tonumber(leaseMs), ${MAX_GRANT_MS})
end
`,
})

/** The largest record that is sent. */
export const MOST_GRANTED: number = MAX_GRANT_BYTES + FRAME_BYTES

/**
 * `given`: of `lanes`, what was sent to this worker last. Gives `sentLease` and `sentFence`, `arrived`, whether this turn names it, and
 * `again`, what has to be given again: its lease, fence and record, once `lookAgain()` has looked.
 */
export const SENT: Part = definePart({
  name: 'SENT',
  needs: 'given granted isLast leases tasks',
  gives: 'sentLease arrived again lookAgain',
  lua: lua`
local sentLease, sentFence = string.match(given or '', '^0|%d+|(%d+#%d+)|(%d+)$')
local arrived, again = sentLease and sentLease == granted, nil
local function lookAgain()
  if not sentLease or arrived or isLast or not redis.call('ZSCORE', leases, sentLease) then return end
  local record = redis.call('HGET', tasks, string.match(sentLease, '^%d+'))
  again = record and { sentLease, sentFence, record }
end
`,
})

/**
 * What was sent to this worker and did not arrive has a new lease, since its worker is given it again. If it arrived, from now on the end of its
 * lease is charged. If the lane ends, the worker will not start it any more: then gives `handedOver`, and the lease is over.
 */
export const NOTE_ARRIVED: Part = definePart({
  name: 'NOTE_ARRIVED',
  needs: 'given again sentLease arrived leases lanes worker now leaseMs',
  gives: 'handedOver',
  lua: lua`
local handedOver = false
if again then
  redis.call('ZADD', leases, 'XX', string.format('%.4f', now + leaseMs + ${UNSEEN}), sentLease)
elseif given then
  redis.call('HDEL', lanes, worker .. '\\n')
  local deadline = sentLease and tonumber(redis.call('ZSCORE', leases, sentLease) or nil)
  if deadline and not arrived then
    handedOver = true
    redis.call('ZADD', leases, 'XX', string.format('%.4f', now - 1 + ${UNSEEN}), sentLease)
  elseif deadline and deadline % ${2 * UNSEEN} > 0 then
    redis.call('ZADD', leases, 'XX', string.format('%.4f', deadline - ${UNSEEN}), sentLease)
  end
end
`,
})
