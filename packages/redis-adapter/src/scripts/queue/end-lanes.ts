import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { ENDED_AT, FORGET_LANES, META, NOW } from '../parts/meta.ts'

/**
 * KEYS     meta producers
 * ARGV     (lane, its last number) for each lane that ends
 * RETURNS  1, or 0 when there is no queue
 * What they were answered is forgotten, and what comes of them later is refused. O(lanes).
 */
export const endLanesScript: Script = defineScript({
  name: 'end-lanes',
  parts: ['meta', 'producers'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META, FORGET_LANES)}
for i = 2, #ARGV, 2 do
  if not string.find(ARGV[i], '^%d+$') or #ARGV[i] > 15 then return redis.error_reply('MQARGS a lane is not right') end
end
-- Obliterated meanwhile, or never there.
if redis.call('EXISTS', meta, producers) == 0 then return 0 end
for i = 1, #ARGV, 2 do
  redis.call('HSET', producers, ARGV[i], string.format('%.0f', ARGV[i + 1] + 1) .. '|' .. ${ENDED_AT} .. '|')
end
forgetLanes(producers)
return 1
`,
})
