import type { Note } from '@mq/core'
import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { META, TELL } from './lua-parts.ts'

/**
 * KEYS     meta leases notes waiters
 * ARGV     (lease, body) for each note
 * RETURNS  how many leases were held
 * Notes of lost leases are dropped. O(notes).
 */
export const noteScript: Script = defineScript({
  name: 'note',
  parts: ['meta', 'leases', 'notes', 'waiters'],
  allowOom: false,
  lua: /* lua */ `
${META}${TELL}
redis.call('HLEN', notes)
redis.call('HLEN', waiters)
local kept = 0
for i = 1, #ARGV, 2 do
  local n = string.match(ARGV[i], '^%d+')
  if n and redis.call('ZSCORE', leases, ARGV[i]) then
    kept = kept + 1
    redis.call('HSET', notes, n, ARGV[i + 1])
    local topics = redis.call('HGET', waiters, n) or ''
    for topic in string.gmatch(topics, '[^,]+') do tell(topic, 'p', n .. '|' .. ARGV[i + 1]) end
  end
end
return kept
`,
})

export function noteArguments(notes: readonly Note[]): string[] {
  return notes.flatMap((note) => [note.lease, note.body])
}
