import type { QueueStats, QueueTotals } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { parseRecent, RECENT_FIELDS } from '../history/recent.ts'
import { FOREIGN } from '../parts/foreign.ts'
import { AMOUNT, NOTE_KEPT, DROP_OLD, keepLimits } from '../parts/keep.ts'
import { META, NOW } from '../parts/meta.ts'

/**
 * KEYS     meta tasks ready×10 later×10 moved suspects leases dead graves samples
 * ARGV     none
 * RETURNS  {waiting, delayed, running, dead, paused 0|1, displaced ever, dead letters dropped ever, entries of other programs dropped ever,
 *          tasks completed ever, meta.totals or '', ms since the oldest of those at the heads of their lines was enqueued or -1,
 *          now, fields of samples, outcomes are kept 0|1}
 * Dead letters beyond their age are dropped first, a thousand in a call. O(1) otherwise: of a line the first ten are looked at.
 */
export const statsScript: Script = defineScript({
  name: 'stats',
  parts: ['meta', 'tasks', 'ready', 'later', 'moved', 'suspects', 'leases', 'dead', 'graves', 'samples'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, keepLimits(), AMOUNT, NOTE_KEPT, FOREIGN, DROP_OLD)}
local waiting, delayed, running = redis.call('HLEN', tasks), 0, redis.call('ZCARD', leases)
for level = 0, 9 do delayed = delayed + redis.call('ZCARD', KEYS[LATER + level]) end
local oldest = -1
local function lookAt(key, level)
  local head = redis.call('LRANGE', key, 0, 9)
  for i = 1, #head do
    local isMarked = m[11] and redis.call('HEXISTS', moved, level .. '|' .. head[i]) == 1
    local record = not isMarked and string.find(head[i], '^%d+$') and redis.call('HGET', tasks, head[i])
    if record then
      oldest = math.max(oldest, 0, now - (tonumber(string.match(record, '^%d+') and string.sub(record, 1, 13)) or now))
      return
    end
  end
end
for level in string.gmatch(m[3], '%d') do lookAt(KEYS[READY + level], level) end
lookAt(suspects, '')
local sampled = redis.call('HMGET', samples, ${RECENT_FIELDS.map((field) => `'${field}'`).join(', ')})
dropOld()
local ever = redis.call('HMGET', meta, 'displaced', 'deadDropped', 'foreign', 'totals')
return { waiting - running - delayed, delayed, running, countDead(), m[6] and 1 or 0,
  amount(ever[1]), amount(ever[2]), amount(ever[3]), amount(m[12]), ever[4] or '', oldest, now, sampled, m[13] and m[13] ~= 'off' and 1 or 0 }
`,
})

type Rest = [string, number, number, (string | null)[], number]

export function parseStats(reply: unknown): QueueStats {
  const [waiting = 0, delayed = 0, running = 0, dead = 0, paused = 0, ...ever] = reply as number[]
  const [displaced = 0, deadDropped = 0, foreign = 0, completed = 0] = ever
  const [totalsText, oldest, now, fields, keepsOutcomes] = ever.slice(4) as unknown as Rest
  const totals = totalsOf(totalsText, completed, waiting + delayed + running)
  const recent = parseRecent(fields, totals, now)
  return {
    waiting: Math.max(0, waiting),
    delayed,
    running,
    dead,
    paused: paused === 1,
    displaced,
    deadDropped,
    foreign,
    totals,
    oldestWaitMs: oldest >= 0 ? oldest : undefined,
    ...(recent === undefined ? undefined : { recent }),
    ...(keepsOutcomes === 1 ? { outcomes: true as const } : undefined),
  }
}

/** What another program wrote there counts as 0. */
function totalsOf(text: string, completed: number, there: number): QueueTotals {
  const numbers = text.split(',').map((number) => (/^\d{1,15}$/.test(number) ? Number(number) : 0))
  const [failed = 0, retried = 0, dead = 0, expired = 0, cancelled = 0, redriven = 0] =
    numbers.length === 6 ? numbers : []
  const enqueued = Math.max(0, there + completed + dead + expired + cancelled - redriven)
  return { enqueued, completed, failed, retried, dead, expired, cancelled }
}
