import { lengthOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { ENDED_AT, FORGET_LANES, META_AND_SEAL, NOW } from '../parts/meta.ts'

/** `last`: its last number. */
export const LANE = { lane: 'text', last: 'number' } as const

/**
 * KEYS     meta producers
 * ARGV     LANE for each lane that ends
 * RETURNS  1, or 0 when there is no queue, or nothing is left of it but its seal
 * What they were answered is forgotten, and what comes of them later is refused. O(lanes).
 */
export const endLanesScript: Script = defineScript({
  name: 'end-lanes',
  parts: ['meta', 'producers'],
  allowOom: true,
  lua: lua`
${arrangeParts(NOW, META_AND_SEAL, FORGET_LANES)}
for at = 1, #ARGV, ${lengthOf(LANE)} do
  ${readArguments(LANE, 'at', 'last')}
  if not (last and last >= 0 and last < 1e15 and last % 1 == 0) then return redis.error_reply('MQARGS a lane is not right') end
end
-- Obliterated meanwhile, or never there.
if redis.call('EXISTS', meta, producers) == 0 then return 0 end
-- Sealed, and empty or deleted: nothing will be stored here, and what is noted would stay when the seal has ended.
if m[16] and not m[2] and redis.call('EXISTS', producers) == 0 then return 0 end
for at = 1, #ARGV, ${lengthOf(LANE)} do
  ${readArguments(LANE, 'at')}
  redis.call('HSET', producers, lane, string.format('%.0f', last + 1) .. '|' .. ${ENDED_AT} .. '|')
end
forgetLanes(producers)
return 1
`,
})
