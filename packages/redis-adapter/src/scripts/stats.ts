import type { QueueStats } from '@mq/core'
import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { META } from './lua-parts.ts'

/**
 * KEYS     meta tasks later×10 leases dead
 * ARGV     none
 * RETURNS  {waiting, delayed, running, dead, paused 0|1, displaced ever, dead letters dropped ever}; O(1)
 */
export const statsScript: Script = defineScript({
  name: 'stats',
  parts: ['meta', 'tasks', 'later', 'leases', 'dead'],
  allowOom: true,
  lua: /* lua */ `
${META}
local delayed = 0
for level = 0, 9 do delayed = delayed + redis.call('ZCARD', KEYS[LATER + level]) end
local running = redis.call('ZCARD', leases)
local ever = redis.call('HMGET', meta, 'displaced', 'deadDropped')
return { redis.call('HLEN', tasks) - running - delayed, delayed, running, redis.call('ZCARD', dead), m[6] and 1 or 0,
  tonumber(ever[1] or 0) or 0, tonumber(ever[2] or 0) or 0 }
`,
})

export function parseStats(reply: unknown): QueueStats {
  const [waiting = 0, delayed = 0, running = 0, dead = 0, paused = 0, displaced = 0, deadDropped = 0] =
    reply as number[]
  return { waiting: Math.max(0, waiting), delayed, running, dead, paused: paused === 1, displaced, deadDropped }
}
