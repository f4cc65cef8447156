import type { TaskReading, TaskRef } from '@mq/core'
import { parseGraveFacts, parseOutcome } from '../outcome.ts'
import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { RESULT_KEPT_MS, SLOT } from './lua-endings.ts'
import { COUNTERS, META, NOW } from './lua-parts.ts'

/** More participants than this that await one task get no hint, and poll. */
const MOST_WAITERS = 64

/** Needs COUNTERS, SLOT, `m`, `now`; where task n is: what `parseReading` takes. */
export const READING: string = /* lua */ `
local function read(n)
  if redis.call('HEXISTS', tasks, n) == 1 then
    if redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n))) then
      return { 'R', n, redis.call('HGET', notes, n) or '' }
    end
    for level in string.gmatch(m[3] or '', '%d') do
      local due = redis.call('ZSCORE', KEYS[LATER + level], n)
      if due then return { 'L', n, math.max(0, due - now) } end
    end
    return { 'W', n }
  end
  local outcome = redis.call('HGET', results, slotOf(n))
  if outcome and string.match(outcome, '^%d+') == n then
    local at = tonumber(string.match(outcome, '^%d+|%a|(%d+)'))
    if at and now - at < ${RESULT_KEPT_MS} then return { 'E', n, outcome } end
  end
  local died = redis.call('ZSCORE', dead, n)
  if died then
    local grave = redis.call('HGET', graves, n) or ''
    return { 'D', n, died, string.match(grave, '^%d+|%d+|%d+|([^\\n]*)') or '' }
  end
  return { 'U' }
end
`

/**
 * KEYS     meta tasks later×10 leases runs ids results dead graves waiters notes
 * ARGV     topic to tell of the end or '', then each task as "#n" or "=id"
 * RETURNS  for each task: {"U"} unknown, {"E", n, outcome} ended, {"D", n, died at, reason and detail},
 *          {"W", n} waiting, {"L", n, ms until due} delayed, {"R", n, progress or ''} running
 * Reads the outcome or notes the waiter, in one step. O(tasks · levels in use).
 */
export const readScript: Script = defineScript({
  name: 'read',
  parts: ['meta', 'tasks', 'later', 'leases', 'runs', 'ids', 'results', 'dead', 'graves', 'waiters', 'notes'],
  allowOom: true,
  lua: /* lua */ `
${NOW}${META}${COUNTERS}${SLOT}${READING}
local topic = ARGV[1]
if topic ~= '' then
  -- A waiter is written for one task before the next is read.
  redis.call('HLEN', tasks)
  redis.call('ZCARD', leases)
  redis.call('ZCARD', dead)
  for _, key in ipairs({ waiters, runs, notes, ids, results, graves }) do redis.call('HLEN', key) end
  for level in string.gmatch(m[3], '%d') do redis.call('ZCARD', KEYS[LATER + level]) end
end

local function await(n)
  local topics = redis.call('HGET', waiters, n)
  if not topics then
    redis.call('HSET', waiters, n, topic)
  elseif not string.find(',' .. topics .. ',', ',' .. topic .. ',', 1, true) and
    select(2, string.gsub(topics, ',', '')) < ${MOST_WAITERS} - 1 then
    redis.call('HSET', waiters, n, topics .. ',' .. topic)
  end
end

local readings = {}
for i = 2, #ARGV do
  local n = string.match(ARGV[i], '^#(%d+)$')
  if not n then
    local known = redis.call('HGET', ids, string.sub(ARGV[i], 2))
    n = known and string.match(known, '^%d+')
  end
  local reading = n and #n < 17 and read(n) or { 'U' }
  if topic ~= '' and string.find('RLW', reading[1], 1, true) then await(n) end
  readings[i - 1] = reading
end
return readings
`,
})

export function refArgument(ref: TaskRef): string {
  return 'n' in ref ? `#${ref.n}` : `=${ref.id}`
}

export function parseReadings(reply: unknown): TaskReading[] {
  return (reply as RawReading[]).map(parseReading)
}

export type RawReading = [string, string?, (string | number)?, string?]

export function parseReading([state, n = '', third, fourth]: RawReading): TaskReading {
  switch (state) {
    case 'W':
      return { state: 'waiting', n }
    case 'R':
      return third === '' ? { state: 'running', n } : { state: 'running', n, progress: String(third) }
    case 'L':
      return { state: 'delayed', n, dueInMs: Number(third) }
    case 'D':
      return {
        state: 'ended',
        n,
        outcome: { state: 'dead', endedAt: Number(third), ...parseGraveFacts(fourth ?? '') },
      }
    case 'E': {
      const ended = parseOutcome(String(third))
      return ended === undefined ? { state: 'unknown' } : { state: 'ended', ...ended }
    }
    default:
      return { state: 'unknown' }
  }
}
