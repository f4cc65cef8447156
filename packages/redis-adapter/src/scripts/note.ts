import type { Note } from '@mq/core'
import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { TELL } from './lua-hints.ts'
import { GRACE, META, STARTED } from './lua-parts.ts'

/**
 * KEYS     meta leases notes waiters
 * ARGV     (lease, kind, body) for each note; kind: p progress, m memo, s start
 * RETURNS  a digit for each: 1 its lease was held, 0 it was not, and the note is dropped
 * O(notes).
 */
export const noteScript: Script = defineScript({
  name: 'note',
  parts: ['meta', 'leases', 'notes', 'waiters'],
  allowOom: true, // or a full server would fail, and bury, the tasks whose end frees its memory
  lua: /* lua */ `
${META}${TELL}
redis.call('HLEN', notes)
redis.call('HLEN', waiters)
local kept = {}
for i = 1, #ARGV, 3 do
  local n, kind, body = string.match(ARGV[i], '^%d+'), ARGV[i + 1], ARGV[i + 2]
  local isHeld = n and redis.call('ZSCORE', leases, ARGV[i])
  kept[#kept + 1] = isHeld and '1' or '0'
  if isHeld and kind == 'm' then
    redis.call('HSET', notes, 'm' .. n, body)
  elseif isHeld and kind == 's' then
    if isHeld % ${GRACE} == 0 then redis.call('ZADD', leases, 'XX', string.format('%.3f', isHeld + ${STARTED}), ARGV[i]) end
  elseif isHeld then
    redis.call('HSET', notes, n, body)
    local topics = redis.call('HGET', waiters, n) or ''
    for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'p', n .. '|' .. body) end
  end
end
return table.concat(kept)
`,
})

const KINDS = { progress: 'p', memo: 'm', start: 's' } as const

export function noteArguments(notes: readonly Note[]): string[] {
  return notes.flatMap(({ lease, kind, body }) => [lease, KINDS[kind], body])
}

export function parseKept(reply: unknown): boolean[] {
  return Array.from(String(reply), (digit) => digit === '1')
}
