import type { GroupStats } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { DIGITS, GROUP_META } from './group-parts.ts'
import { FOREIGN } from '../parts/foreign.ts'
import { AMOUNT, NOTE_KEPT, DROP_OLD, keepLimits, STORED_KEEP } from '../parts/keep.ts'
import { NOW, refuseLayout } from '../parts/meta.ts'

/**
 * KEYS     seq log meta back suspects delays dead graves firsts blocked unnamed
 * ARGV     none
 * RETURNS  {unread, returned, delayed, running, dead, lost, paused 0|1, dead letters dropped, entries of other programs dropped, overdue, ahead, blocked, for how long the oldest has waited (ms) or -1}, or nil when there is no such group
 * Dead letters beyond their age are dropped first, a thousand in a call. O(log n) otherwise: of each line the first is looked at.
 */
export const groupStatsScript: Script = defineScript({
  name: 'group-stats',
  parts: ['seq', 'log', 'meta', 'back', 'suspects', 'delays', 'dead', 'graves', 'firsts', 'blocked', 'unnamed'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, DIGITS, GROUP_META, keepLimits("''", STORED_KEEP), AMOUNT, NOTE_KEPT, FOREIGN, DROP_OLD)}
local known = redis.call('HMGET', seq, 'n', 'layout')
${refuseLayout('known[2]', 'channel', 'known')}
if not m[2] then return false end
local returned, delayed = redis.call('LLEN', back) + redis.call('LLEN', suspects) + redis.call('ZCARD', unnamed), redis.call('ZCARD', delays)
local waits = redis.call('ZCARD', blocked)
local ahead = redis.call('ZCARD', firsts) + waits
local newest = tonumber(digits(known[1]) or '') or 0
-- Bounded, since another program may have written what is no time.
local oldest = -1
local function waitsSince(ms) oldest = math.max(oldest, math.min(now, now - math.ceil(tonumber(ms) or now))) end
local function waitsFirst(ids)
  if ids[1] then waitsSince(string.match(ids[1], '^(%d+)%-%d+$')) end
end
if newest - m[8] > 0 then waitsFirst(redis.call('XRANGE', log, '(' .. m[2], '+', 'COUNT', 1)[1] or {}) end
if returned > 0 then
  waitsFirst(redis.call('LRANGE', back, 0, 0))
  waitsFirst(redis.call('LRANGE', suspects, 0, 0))
  waitsFirst(redis.call('ZRANGE', unnamed, 0, 0))
end
if ahead > 0 then
  waitsFirst(redis.call('ZRANGE', firsts, 0, 0))
  waitsFirst(redis.call('ZRANGE', blocked, 0, 0))
end
local overdue = delayed > 0 and redis.call('ZCOUNT', delays, '-inf', now) or 0
if overdue > 0 then waitsSince(redis.call('ZRANGE', delays, 0, 0, 'WITHSCORES')[2]) end
dropOld()
return { math.max(0, newest - m[8]) + ahead, returned, delayed, tonumber(m[10]) or 0, countDead(), tonumber(m[9]) or 0, m[3] == '1' and 1 or 0,
  amount(redis.call('HGET', meta, 'deadDropped')), amount(redis.call('HGET', meta, 'foreign')),
  overdue, ahead, waits, oldest }
`,
})

export function parseGroupStats(reply: unknown): GroupStats | undefined {
  if (reply === null) return undefined
  const [unread = 0, returned = 0, delayed = 0, running = 0, dead = 0, lost = 0, ...more] = reply as number[]
  const [paused = 0, deadDropped = 0, foreign = 0, overdue = 0, ahead = 0, blocked = 0, oldest = -1] = more
  return {
    unread,
    ahead,
    blocked,
    returned,
    delayed,
    overdue,
    ...(oldest < 0 ? undefined : { oldestWaitMs: oldest }),
    running,
    dead,
    lost,
    deadDropped,
    foreign,
    paused: paused === 1,
  }
}
