import type { LineHead, QueueStats, QueueTotals } from '@mq/core/adapter'
import { KEYS_IN_STATS, oldestWait } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { parseRecent, RECENT_FIELDS } from '../history/recent.ts'
import { BLOCKED, SLOW } from '../parts/flow.ts'
import { FOREIGN } from '../parts/foreign.ts'
import { AMOUNT, NOTE_KEPT, DROP_OLD, keepLimits } from '../parts/keep.ts'
import { NUMBER_IN } from '../parts/key-places.ts'
import { FADING } from '../parts/keys.ts'
import { META, NOW } from '../parts/meta.ts'
import { TICKER_SEEN, tickerSeen } from '../schedules/schedule-parts.ts'

/** The time and the level before a header, and as much as a header may have, in bytes. */
const MOST_HEADER = 14 + 4 * 8_192

/**
 * KEYS     meta tasks ready×10 later×10 moved suspects leases dead graves samples keyed ring paced due chores
 * ARGV     none
 * RETURNS  {waiting, delayed, running, dead, paused 0|1, displaced ever, dead letters dropped ever, entries of other programs dropped ever,
 *          tasks completed ever, meta.totals or '', of those at the heads of their lines (ms since it was enqueued, its header)…,
 *          now, fields of samples, outcomes are kept 0|1, overdue, lapsed, schedules, those that are due, for how long the earliest of them, for how long
 *          no scheduler has looked (ms) or -1, the key of its inbox or '', those of the delayed that are blocked, chores,
 *          the number of the last pause or resumption or ''}
 * Dead letters beyond their age are dropped first, a thousand in a call. O(log n) otherwise: of a line the first ten are looked at, and 64 keys.
 */
export const statsScript: Script = defineScript({
  name: 'stats',
  parts: [
    'meta',
    'tasks',
    'ready',
    'later',
    'moved',
    'suspects',
    'leases',
    'dead',
    'graves',
    'samples',
    'keyed',
    'ring',
    'paced',
    'due',
    'chores',
  ],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, keepLimits(), AMOUNT, NOTE_KEPT, FOREIGN, DROP_OLD, NUMBER_IN, TICKER_SEEN)}
local waiting, delayed, overdue, running = redis.call('HLEN', tasks), 0, 0, redis.call('ZCARD', leases)
local lapsed = running > 0 and running - redis.call('ZCOUNT', leases, '(' .. string.format('%.0f', now), '+inf') or 0
local heads, blocked = {}, 0
-- Bounded, since another program may have written a score of -inf.
local function sinceFirst(key)
  return math.max(0, math.min(now, now - math.ceil(tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]))))
end
for level = 0, 9 do
  local count = redis.call('ZCARD', KEYS[LATER + level])
  local itsDue = count > 0 and redis.call('ZCOUNT', KEYS[LATER + level], '-inf', now) or 0
  delayed, overdue = delayed + count, overdue + itsDue
  if m[15] and count > 0 then blocked = blocked + redis.call('ZCOUNT', KEYS[LATER + level], ${BLOCKED}, '+inf') end
  if itsDue > 0 then
    heads[#heads + 1] = sinceFirst(KEYS[LATER + level])
    heads[#heads + 1] = ''
  end
end
local count, ticks, dueFor = redis.call('ZCARD', due), 0, 0
if count > 0 then
  ticks = redis.call('ZCOUNT', due, '-inf', now)
  if ticks > 0 then dueFor = sinceFirst(due) end
end
local function addHead(record)
  local last = string.find(string.sub(record, 1, ${MOST_HEADER}), '\\n', 1, true)
  heads[#heads + 1] = math.max(0, now - (tonumber(string.match(record, '^%d+') and string.sub(record, 1, 13)) or now))
  heads[#heads + 1] = last and string.sub(record, 15, last - 1) or ''
end
local function lookAt(key, level)
  local head = redis.call('LRANGE', key, 0, 9)
  for i = 1, #head do
    local isMarked = m[11] and redis.call('HEXISTS', moved, level .. '|' .. head[i]) == 1
    local record = not isMarked and string.find(head[i], '^%d+$') and redis.call('HGET', tasks, head[i])
    if record then
      addHead(record)
      return
    end
  end
end
for level in string.gmatch(m[3], '%d') do lookAt(KEYS[READY + level], level) end
lookAt(suspects, '')
-- Of some keys, what is next.
for _, key in ipairs(m[14] and { ring, paced } or {}) do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', '(${FADING}', 'LIMIT', 0, ${KEYS_IN_STATS})) do
    local first = redis.call('ZRANGE', keyed, '[' .. id, '(' .. id .. ':', 'BYLEX', 'LIMIT', 0, 1)[1]
    local n = first and numberIn(first)
    local record = n and redis.call('HGET', tasks, n)
    if record then addHead(record) end
  end
end
local sampled = redis.call('HMGET', samples, ${RECENT_FIELDS.map((field) => `'${field}'`).join(', ')})
dropOld()
local ever = redis.call('HMGET', meta, 'displaced', 'deadDropped', 'foreign', 'totals', 'inbox', 'order')
return { waiting - running - delayed, delayed, running, countDead(), m[6] and 1 or 0,
  amount(ever[1]), amount(ever[2]), amount(ever[3]), amount(m[12]), ever[4] or '', heads, now, sampled, m[13] and m[13] ~= 'off' and 1 or 0,
  overdue, lapsed, count, ticks, dueFor, ticker, ever[5] or '', blocked, m[15] and redis.call('ZCOUNT', flow.chores, '-inf', '(${SLOW}') or 0, ever[6] or '' }
`,
})

type Rest = [string, (number | string)[], number, (string | null)[], number, ...Due]
/** Overdue, lapsed; schedules, those that are due, for how long, and for how long no scheduler has looked; the key of the inbox; blocked ones; chores; the last order. */
type Due = [number, number, number, number, number, number, string, number, number, string]

/** `inbox`: the key of the list from which a worker took tasks. */
export function parseStats(reply: unknown): Omit<QueueStats, 'inbox'> & { readonly inbox?: string | undefined } {
  const [waiting = 0, delayed = 0, running = 0, dead = 0, paused = 0, ...ever] = reply as number[]
  const [displaced = 0, deadDropped = 0, foreign = 0, completed = 0] = ever
  const [totalsText, heads, now, fields, keepsOutcomes, ...dueNow] = ever.slice(4) as unknown as Rest
  const [overdue, lapsed, count, due, dueForMs, ago, inbox, blocked, chores, order] = dueNow
  const schedules = { count, due, ...(due > 0 ? { dueForMs } : undefined), ...tickerSeen(ago) }
  const totals = totalsOf(totalsText, completed, waiting + delayed + running)
  const recent = parseRecent(fields, totals, now)
  return {
    waiting: Math.max(0, waiting),
    delayed,
    overdue,
    running,
    lapsed,
    dead,
    paused: paused === 1,
    ...(/^\d{1,13}$/.test(order) ? { order: Number(order) } : undefined),
    displaced,
    deadDropped,
    foreign,
    totals,
    oldestWaitMs: oldestWait(headsOf(heads)),
    ...(recent === undefined ? undefined : { recent }),
    ...(keepsOutcomes === 1 ? { outcomes: true as const } : undefined),
    ...(count > 0 ? { schedules } : undefined),
    ...(inbox === '' ? undefined : { inbox }),
    ...(blocked > 0 ? { blocked } : undefined),
    ...(chores > 0 ? { chores } : undefined),
  }
}

function headsOf(reply: readonly (number | string)[]): readonly LineHead[] {
  return Array.from({ length: reply.length / 2 }, (_, i) => ({
    enqueuedAgoMs: Number(reply[2 * i]),
    header: String(reply[2 * i + 1]),
  }))
}

/** What another program wrote there counts as 0. */
function totalsOf(text: string, completed: number, there: number): QueueTotals {
  const numbers = text.split(',').map((number) => (/^\d{1,15}$/.test(number) ? Number(number) : 0))
  const [failed = 0, retried = 0, dead = 0, expired = 0, cancelled = 0, redriven = 0] =
    numbers.length === 6 ? numbers : []
  const enqueued = Math.max(0, there + completed + dead + expired + cancelled - redriven)
  return { enqueued, completed, failed, retried, dead, expired, cancelled }
}
