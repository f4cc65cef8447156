import { WIDTH_KEPT_MS } from '@mq/core/adapter'
import { lua } from '../lua.ts'
import { refuseLayout } from '../parts/meta.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

/**
 * KEYS     meta
 * ARGV     none
 * RETURNS  1 when it had partitions, else 0
 * Of a queue as if it had no partitions. All of them were obliterated: what says how many there were ends a minute later, unless it is claimed again. O(1).
 */
export const releaseWidthScript: Script = defineScript({
  name: 'release-width',
  parts: ['meta'],
  allowOom: true,
  lua: lua`
local layout = redis.call('HGET', meta, 'layout')
if layout and string.find(layout, '^p%d+$') then
  redis.call('HSET', meta, 'left', 1)
  redis.call('PEXPIRE', meta, ${WIDTH_KEPT_MS})
  return 1
end
${arrangeParts(refuseLayout('layout', 'queue', 'layout'))}return 0
`,
})
