import { defineScript } from '../script.ts'
import type { Script } from '../script.ts'
import { META } from './lua-parts.ts'

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
  lua: /* lua */ `
${META}
redis.call('HLEN', graves)
local deleted = redis.call('ZREM', dead, unpack(ARGV))
redis.call('HDEL', graves, unpack(ARGV))
return deleted
`,
})
