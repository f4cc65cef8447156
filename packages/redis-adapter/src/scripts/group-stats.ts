import type { GroupStats } from '@mq/core'
import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { DIGITS, GROUP_META } from './group-parts.ts'
import { refuseLayout } from './lua-parts.ts'

/**
 * KEYS     seq meta back suspects delays dead
 * ARGV     none
 * RETURNS  {unread, returned, delayed, running, dead, lost, paused 0|1, dead letters dropped}, or nil when there is no such group; O(1)
 */
export const groupStatsScript: Script = defineScript({
  name: 'group-stats',
  parts: ['seq', 'meta', 'back', 'suspects', 'delays', 'dead'],
  allowOom: true,
  lua: /* lua */ `
${DIGITS}${GROUP_META}
if not m[2] then return false end
local known = redis.call('HMGET', seq, 'n', 'layout')
${refuseLayout('known[2]', 'channel')}local newest = tonumber(digits(known[1]) or '') or 0
return { math.max(0, newest - m[8]), redis.call('LLEN', back) + redis.call('LLEN', suspects), redis.call('ZCARD', delays), tonumber(m[10]) or 0,
  redis.call('ZCARD', dead), tonumber(m[9]) or 0, m[3] == '1' and 1 or 0,
  tonumber(redis.call('HGET', meta, 'deadDropped') or 0) or 0 }
`,
})

export function parseGroupStats(reply: unknown): GroupStats | undefined {
  if (reply === null) return undefined
  const [unread = 0, returned = 0, delayed = 0, running = 0, dead = 0, lost = 0, paused = 0, deadDropped = 0] =
    reply as number[]
  return { unread, returned, delayed, running, dead, lost, deadDropped, paused: paused === 1 }
}
