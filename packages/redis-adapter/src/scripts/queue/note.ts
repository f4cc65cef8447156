import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import type { Note } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { ADD_LOG } from '../parts/logs.ts'
import { TELL } from '../parts/hints.ts'
import { META } from '../parts/meta.ts'
import { GRACE, STARTED } from '../parts/seen.ts'

/** `kind`: p progress, m memo, s start, l and how many lines are missing: a log. */
const NOTE = { lease: 'text', kind: 'text', body: 'text' } as const

/**
 * KEYS     meta leases notes waiters
 * ARGV     NOTE for each note
 * RETURNS  a digit for each: 1 its lease was held, 0 it was not, and the note is dropped
 * O(notes).
 */
export const noteScript: Script = defineScript({
  name: 'note',
  parts: ['meta', 'leases', 'notes', 'waiters'],
  allowOom: true, // or a full server would fail, and bury, the tasks whose end frees its memory
  lua: lua`
${arrangeParts(META, TELL)}
redis.call('HLEN', notes)
local hasWaiters = redis.call('HLEN', waiters) > 0
local noted, started, told, kept, held = {}, {}, {}, {}, {}
for at = 1, #ARGV, ${lengthOf(NOTE)} do held[#held + 1] = ARGV[at] end
held = redis.call('ZMSCORE', leases, unpack(held))
for at = 1, #ARGV, ${lengthOf(NOTE)} do
  ${readArguments(NOTE, 'at')}
  local n = string.match(lease, '^%d+')
  local isHeld = n and held[#kept + 1]
  kept[#kept + 1] = isHeld and '1' or '0'
  if isHeld and kind == 's' then
    if isHeld % ${GRACE} < ${STARTED} then
      started[#started + 1] = string.format('%.3f', isHeld - isHeld % ${STARTED} + ${STARTED})
      started[#started + 1] = lease
    end
  elseif isHeld and string.byte(kind) == 108 then
    ${ADD_LOG}
  elseif isHeld then
    noted[#noted + 1] = kind == 'm' and 'm' .. n or n
    noted[#noted + 1] = body
    if hasWaiters and kind ~= 'm' then told[#told + 1] = { n, body } end
  end
end
if #noted > 0 then redis.call('HSET', notes, unpack(noted)) end
if #started > 0 then redis.call('ZADD', leases, 'XX', unpack(started)) end
for i = 1, #told do
  local n, body = unpack(told[i])
  local topics = redis.call('HGET', waiters, n) or ''
  for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'p', n .. '|' .. body) end
end
return table.concat(kept)
`,
})

const KINDS = { progress: 'p', memo: 'm', start: 's', log: 'l' } as const

export function noteArguments(notes: readonly Note[]): (string | number)[] {
  return notes.flatMap(({ lease, kind, body, dropped = 0 }) =>
    argumentsOf(NOTE, { lease, kind: kind === 'log' ? `l${dropped}` : KINDS[kind], body }),
  )
}

export function parseKept(reply: unknown): boolean[] {
  return Array.from(String(reply), (digit) => digit === '1')
}
