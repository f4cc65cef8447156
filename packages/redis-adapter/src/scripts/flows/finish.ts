import type { Chore } from '@mq/core/adapter'
import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { META, NOW } from '../parts/meta.ts'

/** Of each chore. */
const DONE = { name: 'text', token: 'text' } as const

const LETTERS = { relay: 'e', check: 'c', next: 'n' } as const

/**
 * KEYS     meta kin chores
 * ARGV     DONE for each chore
 * RETURNS  how many are done: one that arose again is free at once
 * O(chores · log n).
 */
export const finishScript: Script = defineScript({
  name: 'finish',
  parts: ['meta', 'kin', 'chores'],
  allowOom: true,
  lua: lua`
if #ARGV % ${lengthOf(DONE)} ~= 0 or #ARGV > ${1_000 * lengthOf(DONE)} then return redis.error_reply('MQARGS chores are not right') end
${arrangeParts(NOW, META)}
redis.call('ZCARD', flow.chores)
local names, tokens = {}, {}
for at = 1, #ARGV, ${lengthOf(DONE)} do
  ${readArguments(DONE, 'at')}
  names[#names + 1] = '!' .. name
  tokens[#names] = token
end
local values, changed = redis.call('HMGET', flow.kin, unpack(names)), 0
for i = 1, #names do
  local name = string.sub(names[i], 2)
  if values[i] and string.match(values[i], '^(%d+)|') == tokens[i] then
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

export function finishArguments(chores: readonly Pick<Chore, 'kind' | 'n' | 'token'>[]): (string | number)[] {
  return chores.flatMap(({ kind, n, token }) => argumentsOf(DONE, { name: `${LETTERS[kind]}${n}`, token }))
}
