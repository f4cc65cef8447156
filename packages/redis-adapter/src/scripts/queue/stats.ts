import type { QueueStats } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { FOREIGN } from '../parts/foreign.ts'
import { AMOUNT, NOTE_KEPT, DROP_OLD, keepLimits } from '../parts/keep.ts'
import { META, NOW } from '../parts/meta.ts'

/**
 * KEYS     meta tasks later×10 leases dead graves
 * ARGV     none
 * RETURNS  {waiting, delayed, running, dead, paused 0|1, displaced ever, dead letters dropped ever, entries of other programs dropped ever}
 * Dead letters beyond their age are dropped first, a thousand in a call. O(1) otherwise.
 */
export const statsScript: Script = defineScript({
  name: 'stats',
  parts: ['meta', 'tasks', 'later', 'leases', 'dead', 'graves'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, keepLimits(), AMOUNT, NOTE_KEPT, FOREIGN, DROP_OLD)}
local waiting, delayed, running = redis.call('HLEN', tasks), 0, redis.call('ZCARD', leases)
for level = 0, 9 do delayed = delayed + redis.call('ZCARD', KEYS[LATER + level]) end
dropOld()
local ever = redis.call('HMGET', meta, 'displaced', 'deadDropped', 'foreign')
return { waiting - running - delayed, delayed, running, countDead(), m[6] and 1 or 0,
  amount(ever[1]), amount(ever[2]), amount(ever[3]) }
`,
})

export function parseStats(reply: unknown): QueueStats {
  const [waiting = 0, delayed = 0, running = 0, dead = 0, paused = 0, ...ever] = reply as number[]
  const [displaced = 0, deadDropped = 0, foreign = 0] = ever
  return {
    waiting: Math.max(0, waiting),
    delayed,
    running,
    dead,
    paused: paused === 1,
    displaced,
    deadDropped,
    foreign,
  }
}
