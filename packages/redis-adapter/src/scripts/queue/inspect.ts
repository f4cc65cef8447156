import type { TaskContent, TaskFacts } from '@mq/core/adapter'
import { MAX_COUNTED } from '@mq/core/adapter'
import { parseRecord } from '../../record.ts'
import { readArguments } from '../arguments.ts'
import { parseHeldBack } from './list-keys.ts'
import { historyIn, parseGrave } from './list-dead.ts'
import { KEYED_PARTS } from '../../keys.ts'
import { KEY_PLACES } from '../parts/key-places.ts'
import { KEYS_OF } from '../parts/keys.ts'
import { LIMITS_IN, QUEUE_FREE, SHARED } from '../parts/shared-limits.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { parseErrors } from '../parts/failures.ts'
import { parseLog } from '../parts/logs.ts'
import { keepLimits, OUTCOME } from '../parts/keep.ts'
import { WHOLE, LEVEL_OF, META, NOW } from '../parts/meta.ts'
import { GRACE } from '../parts/seen.ts'
import { parseReading, READING } from './read.ts'
import type { RawReading } from './read.ts'

/** `task`: "#n" or "=id". */
export const INSPECT = { task: 'text', hasContent: 'flag' } as const

/**
 * KEYS     meta tasks ready×10 later×10 moved leases runs crashes failures ids results dead graves notes idle keyed ring paced busy places
 * ARGV     INSPECT
 * RETURNS  reading (as of read), paused 0|1, failures, crashes, level or -1, tasks before it or -1, ms until its lease ends or '',
 *          idle workers, tasks whose leases are not over, ms since a worker was here or -1, ms that an outage still gives its worker, and with hasContent
 *          its record, or its grave where it is dead, or ''; now; and with hasContent the errors and the log of a task that has not ended, each or '';
 *          its key as it is stored, or ''; the limit that keeps it waiting ("q" or "k", a blank, as of list-keys), or ''
 * O(1,000) at the most.
 */
export const inspectScript: Script = defineScript({
  name: 'inspect',
  parts: [
    'meta',
    'tasks',
    'ready',
    'later',
    'moved',
    'leases',
    'runs',
    'crashes',
    'failures',
    'ids',
    'results',
    'dead',
    'graves',
    'notes',
    'idle',
    ...KEYED_PARTS,
  ],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, WHOLE, keepLimits(), OUTCOME, LEVEL_OF, READING, LIMITS_IN, SHARED, KEYS_OF, KEY_PLACES, QUEUE_FREE)}
${readArguments(INSPECT)}
local n = string.match(task, '^#(%d+)$')
if not n then
  local known = redis.call('HGET', ids, string.sub(task, 2))
  n = known and string.match(known, '^%d+')
end
local reading = n and #n < 17 and read(n) or { 'U' }

local function lengthOf(level) return redis.call('LLEN', KEYS[READY + level]) end
local level, ahead, leaseEnds, recovery = -1, -1, '', 0
local record = reading[2] and redis.call('HGET', tasks, n)
if record then level = levelOf(record) end
if reading[1] == 'W' then
  local before, place = 0, nil
  for digit in string.gmatch(m[3], '%d') do
    if tonumber(digit) > level then before = before + lengthOf(digit) end
  end
  local line = before <= ${MAX_COUNTED} and redis.call('LRANGE', KEYS[READY + level], 0, ${MAX_COUNTED}) or {}
  for i = 1, #line do if line[i] == n then place = i break end end
  -- Of two entries nobody knows which it is.
  if m[11] and redis.call('HEXISTS', moved, level .. '|' .. n) == 1 then place = nil end
  if place and before + place - 1 <= ${MAX_COUNTED} then ahead = before + place - 1 end
elseif reading[1] == 'R' then
  local ends = redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n)))
  local left = math.floor(ends) - now
  -- A fraction: its time is over but for an outage.
  if ends % 1 >= ${GRACE} then left, recovery = math.min(0, left), math.max(0, left) end
  leaseEnds = string.format('%.0f', left)
end
local key, heldBack = '', ''
if m[14] and record then
  local place = redis.call('HGET', places, n)
  key = readPlace(place or '') or ''
  local function textOf(scope, held, at) return scope .. (held >= at and ' hold ' or ' rate ') .. math.ceil(at - now) end
  if reading[1] == 'W' then
    local free, at = isFree()
    local isThere = key ~= '' and redis.call('ZSCORE', keyed, place)
    if not free then
      heldBack = at and textOf('q', pace.held, at) or 'q concurrency ' .. caps.concurrency
    elseif isThere and isFull(stateOf(key)) then
      heldBack = 'k concurrency ' .. caps.keyConcurrency
    elseif isThere and freeOf(stateOf(key)) > now then
      heldBack = textOf('k', math.max(stateOf(key).held, stateOf(key).retried), freeOf(stateOf(key)))
    end
    if isThere then
      ahead = redis.call('ZLEXCOUNT', keyed, '[' .. key, '(' .. place)
      if ahead > ${MAX_COUNTED} then ahead = -1 end
    end
  end
end
local seen, sleeper = tonumber(m[4]), redis.call('ZREVRANGE', idle, 0, 0, 'WITHSCORES')[2]
-- Who finds an empty queue notes nothing but that it sleeps.
seen = sleeper and math.max(seen or 0, tonumber(sleeper)) or seen
return {
  reading, m[6] and 1 or 0, n and whole(redis.call('HGET', failures, n)) or 0, n and whole(redis.call('HGET', crashes, n)) or 0,
  level, ahead, leaseEnds, redis.call('ZCARD', idle), redis.call('ZCOUNT', leases, '(' .. string.format('%.0f', now), '+inf'), seen and math.max(0, now - seen) or -1,
  recovery, hasContent and (record or (reading[1] == 'D' and redis.call('HGET', graves, n))) or '',
  now, hasContent and record and redis.call('HGET', failures, 'e' .. n) or '',
  hasContent and record and redis.call('HGET', notes, 'l' .. n) or '', key, heldBack
}
`,
})

type Counts = [number, number, number, number, number]
type Reply = [
  RawReading,
  ...Counts,
  string,
  number,
  number,
  number,
  number,
  string,
  number,
  string,
  string,
  string,
  string,
]

export function parseFacts(reply: unknown): TaskFacts {
  const [
    reading,
    paused,
    failures,
    crashes,
    level,
    ahead,
    leaseEnds,
    idleWorkers,
    running,
    seenAgo,
    recovery,
    text,
    now,
    errors,
    log,
    key,
    heldText,
  ] = reply as Reply
  const dead = text !== '' && reading[0] === 'D' ? parseGrave('', 0, text) : undefined
  const { enqueuedAt, header, payload, ...rest } = dead ?? parseRecord(text)
  const malformed = 'malformed' in rest ? { malformed: true } : undefined
  const history = dead === undefined ? `${errors}\t${log}` : historyIn(text)
  const heldBack = parseHeldBack(heldText.startsWith('q') ? 'queue' : 'key', heldText.slice(2))
  return {
    readAt: now,
    reading: parseReading(reading),
    ...(text === '' ? undefined : { content: { enqueuedAt, header, payload, ...malformed, ...parseHistory(history) } }),
    paused: paused === 1,
    failures: dead?.failures ?? failures,
    crashes: dead?.crashes ?? crashes,
    ...(key === '' ? undefined : { key: key.slice(key.indexOf(':') + 1) }),
    ...(heldBack === undefined ? undefined : { heldBack }),
    level: level === -1 ? undefined : level,
    ahead: ahead === -1 ? undefined : ahead,
    leaseEndsInMs: leaseEnds === '' ? undefined : Number(leaseEnds),
    idleWorkers,
    running,
    workerSeenAgoMs: seenAgo === -1 ? undefined : seenAgo,
    recoveryInMs: recovery,
  }
}

/** Errors, then what was logged: of a grave, or of a task that has not ended. */
function parseHistory(text: string): Pick<TaskContent, 'errors' | 'log'> {
  const at = text.search(/(?<=^|\t)l\d/)
  const errors = parseErrors(at === -1 ? text : text.slice(0, at))
  const log = at === -1 ? undefined : parseLog(text.slice(at))
  return { ...(errors.length > 0 ? { errors } : undefined), ...(log === undefined ? undefined : { log }) }
}
