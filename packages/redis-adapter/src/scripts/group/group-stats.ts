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
 * KEYS     seq meta back suspects delays dead graves firsts blocked unnamed
 * ARGV     none
 * RETURNS  {unread, returned, delayed, running, dead, lost, paused 0|1, dead letters dropped, entries of other programs dropped, overdue, ahead, blocked}, or nil when there is no such group
 * Dead letters beyond their age are dropped first, a thousand in a call. O(log n) otherwise.
 */
export const groupStatsScript: Script = defineScript({
  name: 'group-stats',
  parts: ['seq', 'meta', 'back', 'suspects', 'delays', 'dead', 'graves', 'firsts', 'blocked', 'unnamed'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, DIGITS, GROUP_META, keepLimits("''", STORED_KEEP), AMOUNT, NOTE_KEPT, FOREIGN, DROP_OLD)}
if not m[2] then return false end
local known = redis.call('HMGET', seq, 'n', 'layout')
${refuseLayout('known[2]', 'channel', 'known')}
local returned, delayed = redis.call('LLEN', back) + redis.call('LLEN', suspects) + redis.call('ZCARD', unnamed), redis.call('ZCARD', delays)
local waits = redis.call('ZCARD', blocked)
local ahead = redis.call('ZCARD', firsts) + waits
dropOld()
local newest = tonumber(digits(known[1]) or '') or 0
return { math.max(0, newest - m[8]) + ahead, returned, delayed, tonumber(m[10]) or 0, countDead(), tonumber(m[9]) or 0, m[3] == '1' and 1 or 0,
  amount(redis.call('HGET', meta, 'deadDropped')), amount(redis.call('HGET', meta, 'foreign')),
  delayed > 0 and redis.call('ZCOUNT', delays, '-inf', now) or 0, ahead, waits }
`,
})

export function parseGroupStats(reply: unknown): GroupStats | undefined {
  if (reply === null) return undefined
  const [unread = 0, returned = 0, delayed = 0, running = 0, dead = 0, lost = 0, ...more] = reply as number[]
  const [paused = 0, deadDropped = 0, foreign = 0, overdue = 0, ahead = 0, blocked = 0] = more
  return {
    unread,
    ahead,
    blocked,
    returned,
    delayed,
    overdue,
    running,
    dead,
    lost,
    deadDropped,
    foreign,
    paused: paused === 1,
  }
}
