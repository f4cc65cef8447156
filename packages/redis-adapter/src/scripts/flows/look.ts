import type { Standing } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { DIED_AT, keepLimits } from '../parts/keep.ts'
import { META, NOW } from '../parts/meta.ts'
import { ENDED_TASK } from './ended-task.ts'

/**
 * KEYS     meta tasks ids results dead graves kin
 * ARGV     each task as "#n" or "=id"
 * RETURNS  for each task its state, "P" pending, "E" ended or "U" unknown, its number or '', and how deep it is
 * O(tasks).
 */
export const lookScript: Script = defineScript({
  name: 'look',
  parts: ['meta', 'tasks', 'ids', 'results', 'dead', 'graves', 'kin'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, keepLimits(), DIED_AT, ENDED_TASK)}
local standings = {}
for i = 1, #ARGV do
  local n = string.match(ARGV[i], '^#(%d+)$')
  if not n then n = string.match(redis.call('HGET', ids, string.sub(ARGV[i], 2)) or '', '^%d+') end
  local state = 'U'
  if n and #n < 17 then
    if redis.call('HEXISTS', tasks, n) == 1 then state = 'P' elseif hasEnded(n) then state = 'E' end
  end
  local depth = state ~= 'U' and string.match(redis.call('HGET', flow.kin, n) or '', '^%a (%d+) ')
  standings[#standings + 1] = state
  standings[#standings + 1] = n or ''
  standings[#standings + 1] = tonumber(depth or 0)
end
return standings
`,
})

export function parseStandings(reply: unknown): Standing[] {
  const texts = reply as (string | number)[]
  return Array.from({ length: texts.length / 3 }, (_, i): Standing => {
    const [state, n, depth] = texts.slice(3 * i, 3 * i + 3)
    if (state === 'U') return { state: 'unknown' }
    return { state: state === 'P' ? 'pending' : 'ended', n: String(n), depth: Number(depth) }
  })
}
