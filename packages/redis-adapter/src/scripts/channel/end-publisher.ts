import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { NOW, refuseLayout } from '../parts/meta.ts'

/**
 * KEYS     seq publishers
 * ARGV     publisher
 * RETURNS  1
 * What of it still arrives is refused, until it is forgotten after an hour; where there is no channel (any more), nothing is noted. O(1).
 */
export const endPublisherScript: Script = defineScript({
  name: 'end-publisher',
  parts: ['seq', 'publishers'],
  allowOom: true,
  lua: lua`
${NOW}${refuseLayout(`redis.call('HGET', seq, 'layout')`, 'channel', 'seq')}
if redis.call('EXISTS', seq) == 1 then
  redis.call('HSET', publishers, ARGV[1], '999999999999999|' .. string.format('%.0f', now) .. '|0|0')
else
  redis.call('HDEL', publishers, ARGV[1])
end
return 1
`,
})
