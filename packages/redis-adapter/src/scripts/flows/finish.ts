import type { Chore } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { META, NOW } from '../parts/meta.ts'

const LETTERS = { relay: 'e', check: 'c', next: 'n' } as const

/**
 * KEYS     meta kin chores
 * ARGV     for each chore its name and its token
 * RETURNS  how many are done: one that arose again is free at once
 * O(chores · log n).
 */
export const finishScript: Script = defineScript({
  name: 'finish',
  parts: ['meta', 'kin', 'chores'],
  allowOom: true,
  lua: lua`
if #ARGV % 2 ~= 0 or #ARGV > 2000 then return redis.error_reply('MQARGS chores are not right') end
${arrangeParts(NOW, META)}
redis.call('ZCARD', flow.chores)
local names = {}
for at = 1, #ARGV, 2 do names[#names + 1] = '!' .. ARGV[at] end
local values, changed = redis.call('HMGET', flow.kin, unpack(names)), 0
for i = 1, #names do
  local name = string.sub(names[i], 2)
  if values[i] and string.match(values[i], '^(%d+)|') == ARGV[2 * i] then
    redis.call('HDEL', flow.kin, names[i])
    redis.call('ZREM', flow.chores, name)
    changed = changed + 1
  elseif values[i] then
    redis.call('ZADD', flow.chores, 'XX', now, name)
  end
end
return changed
`,
})

export function finishArguments(chores: readonly Pick<Chore, 'kind' | 'n' | 'token'>[]): string[] {
  return chores.flatMap(({ kind, n, token }) => [`${LETTERS[kind]}${n}`, token])
}
