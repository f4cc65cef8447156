import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import type { TaskReading, TaskRef } from '@mq/core/adapter'
import { parseGraveFacts, parseOutcome } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { BLOCKED } from '../parts/flow.ts'
import { DIED_AT, keepLimits, OUTCOME } from '../parts/keep.ts'
import { WHOLE, META, NOW } from '../parts/meta.ts'

/** So many participants get a hint of one task's end, those that asked last: the others may be gone, and look again. */
const MOST_WAITERS = 64

/** Where task n is: what `parseReading` takes. */
export const READING: Part = definePart({
  name: 'READING',
  needs: 'dead now keepLimits tasks leases whole runs notes m LATER outcomeOf graves',
  gives: 'read',
  lua: lua`${DIED_AT}local function read(n)
  if redis.call('HEXISTS', tasks, n) == 1 then
    if redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n))) then
      return { 'R', n, redis.call('HGET', notes, n) or '' }
    end
    for level in string.gmatch(m[3] or '', '%d') do
      local due = redis.call('ZSCORE', KEYS[LATER + level], n)
      if due and tonumber(due) >= ${BLOCKED} then return { 'B', n, '' } end
      if due then return { 'L', n, math.max(0, due - now) } end
    end
    return { 'W', n, '' }
  end
  local outcome = outcomeOf(n)
  if outcome then return { 'E', n, outcome } end
  local died = diedAt(n)
  if died then
    local grave = redis.call('HGET', graves, n) or ''
    return { 'D', n, died, string.match(grave, '^%d+|%d+|%d+|([^\\n\\t]*)') or '' }
  end
  return { 'U' }
end
`,
})

/**
 * KEYS     meta tasks later×10 leases runs ids results dead graves waiters notes
 * ARGV     topic for the hint of the end or '', then each task as "#n" or "=id"
 * RETURNS  for each task: {"U"} unknown, {"E", n, outcome} ended, {"D", n, died at, reason and detail},
 *          {"W", n, ''} waiting, {"L", n, ms until due} delayed, {"B", n, ''} blocked, {"R", n, progress or ''} running; these with 1 at the end when crowded
 * Reads the outcome or notes the waiter, in one step. O(tasks · levels in use).
 */
export const readScript: Script = defineScript({
  name: 'read',
  parts: ['meta', 'tasks', 'later', 'leases', 'runs', 'ids', 'results', 'dead', 'graves', 'waiters', 'notes'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, WHOLE, keepLimits(), OUTCOME, READING)}
local topic = ARGV[1]
if topic ~= '' then
  -- A waiter is written for one task before the next is read.
  redis.call('HLEN', tasks)
  redis.call('ZCARD', leases)
  redis.call('ZCARD', dead)
  for _, key in ipairs({ waiters, runs, notes, ids, results, graves }) do redis.call('HLEN', key) end
  for level in string.gmatch(m[3], '%d') do redis.call('ZCARD', KEYS[LATER + level]) end
end

-- Whoever asks again moves to the end. Answers whether somebody had to give way, or the next one will.
local function await(n)
  local topics, kept = redis.call('HGET', waiters, n), {}
  if topics == topic then return false end
  for other in string.gmatch(topics or '', '[^,]+') do
    if other ~= topic then kept[#kept + 1] = other end
  end
  kept[#kept + 1] = topic
  redis.call('HSET', waiters, n, table.concat(kept, ',', math.max(1, #kept - ${MOST_WAITERS - 1})))
  return #kept >= ${MOST_WAITERS}
end

local readings = {}
for i = 2, #ARGV do
  local n = string.match(ARGV[i], '^#(%d+)$')
  if not n then
    local known = redis.call('HGET', ids, string.sub(ARGV[i], 2))
    n = known and string.match(known, '^%d+')
  end
  local reading = n and #n < 17 and read(n) or { 'U' }
  if topic ~= '' and string.find('RLWB', reading[1], 1, true) and await(n) then
    reading[4] = 1
  end
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

export type RawReading = [string, string?, (string | number)?, (string | number)?]

export function parseReading([state, n = '', third, fourth]: RawReading): TaskReading {
  const crowded = fourth === 1 ? { crowded: true } : undefined
  switch (state) {
    case 'W':
      return { state: 'waiting', n, ...crowded }
    case 'R':
      return { state: 'running', n, ...(third === '' ? undefined : { progress: String(third) }), ...crowded }
    case 'B':
      return { state: 'delayed', n, blocked: true, ...crowded }
    case 'L':
      return { state: 'delayed', n, dueInMs: Number(third), ...crowded }
    case 'D':
      return {
        state: 'ended',
        n,
        outcome: { state: 'dead', endedAt: Number(third), ...parseGraveFacts(String(fourth ?? '')) },
      }
    case 'E': {
      const ended = parseOutcome(String(third))
      return ended === undefined ? { state: 'unknown' } : { state: 'ended', ...ended }
    }
    default:
      return { state: 'unknown' }
  }
}
