import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { AMOUNT, LIFT_DEAD } from '../parts/keep.ts'
import { META } from '../parts/meta.ts'

/**
 * KEYS     meta dead graves
 * ARGV     numbers of dead letters
 * RETURNS  how many were there, and are deleted
 * O(letters · log n).
 */
export const discardScript: Script = defineScript({
  name: 'discard',
  parts: ['meta', 'dead', 'graves'],
  allowOom: true,
  lua: lua`
${META}
${arrangeParts(AMOUNT, LIFT_DEAD)}
local bytes = 0
for i = 1, #ARGV do bytes = bytes + redis.call('HSTRLEN', graves, ARGV[i]) end
local deleted = redis.call('ZREM', dead, unpack(ARGV))
redis.call('HDEL', graves, unpack(ARGV))
if deleted > 0 then liftDead(bytes) end
return deleted
`,
})
