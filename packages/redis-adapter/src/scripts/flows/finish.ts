import type { DoneChore } from '@mq/core/adapter'
import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { SLOW } from '../parts/flow.ts'
import { META, NOW } from '../parts/meta.ts'

/** Of each chore. `again`: ms until it is free again, or 0. */
const DONE = { name: 'text', token: 'text', again: 'number' } as const

const LETTERS = { relay: 'e', check: 'c', next: 'n' } as const

/**
 * KEYS     meta kin chores
 * ARGV     DONE for each chore
 * RETURNS  how many are done, or done for now: one that arose again is free at once
 * O(chores · log n).
 */
export const finishScript: Script = defineScript({
  name: 'finish',
  parts: ['meta', 'kin', 'chores'],
  allowOom: true,
  lua: lua`
if #ARGV % ${lengthOf(DONE)} ~= 0 or #ARGV > ${1_000 * lengthOf(DONE)} then return redis.error_reply('MQARGS chores are not right') end
for at = 1, #ARGV, ${lengthOf(DONE)} do
  ${readArguments(DONE, 'at', 'again')}
  if not (again and again >= 0 and again <= 86400000 and again % 1 == 0) then return redis.error_reply('MQARGS a chore is not right') end
end
${arrangeParts(NOW, META)}
redis.call('ZCARD', flow.chores)
local names, tokens, agains = {}, {}, {}
for at = 1, #ARGV, ${lengthOf(DONE)} do
  ${readArguments(DONE, 'at')}
  names[#names + 1] = '!' .. name
  tokens[#names], agains[#names] = token, again
end
local values, changed = redis.call('HMGET', flow.kin, unpack(names)), 0
for i = 1, #names do
  local name = string.sub(names[i], 2)
  local token, looked = string.match(values[i] or '', '^(%d+)|(%d*)')
  if values[i] and (token or '') == tokens[i] then
    if agains[i] > 0 then
      redis.call('HSET', flow.kin, names[i], string.format('%s|%.0f', token, math.min(1e6, (tonumber(looked) or 0) + 1)))
      redis.call('ZADD', flow.chores, string.format('%.0f', ${SLOW} + now + agains[i]), name)
    else
      redis.call('HDEL', flow.kin, names[i])
      redis.call('ZREM', flow.chores, name)
    end
    changed = changed + 1
  elseif values[i] then
    redis.call('ZADD', flow.chores, 'XX', now, name)
  end
end
return changed
`,
})

export function finishArguments(chores: readonly DoneChore[]): (string | number)[] {
  return chores.flatMap((chore) => {
    const [letter, token] =
      chore.kind === 'unreadable' ? [chore.token.slice(0, 1), chore.token.slice(1)] : [LETTERS[chore.kind], chore.token]
    return argumentsOf(DONE, { name: `${letter}${chore.n}`, token, again: chore.againInMs ?? 0 })
  })
}
