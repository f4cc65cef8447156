import { WIDTH_KEPT_MS } from '@mq/core/adapter'
import { IS_DIVIDED } from './claim-width.ts'
import { readArguments } from '../arguments.ts'
import { lua } from '../lua.ts'
import { refuseLayout } from '../parts/meta.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

export const RELEASE = { had: 'text' } as const

/**
 * KEYS     meta
 * ARGV     RELEASE
 * RETURNS  1 when it was divided so, else 0
 * Of a queue as if it had no partitions. All of them were obliterated: what says how many there were ends a minute later, unless it is claimed again. Another layout
 * stays: a release that was late, or sent again, is of an earlier one. O(1).
 */
export const releaseWidthScript: Script = defineScript({
  name: 'release-width',
  parts: ['meta'],
  allowOom: true,
  lua: lua`
${readArguments(RELEASE)}
if not string.find(had, '${IS_DIVIDED}') then return redis.error_reply('MQARGS a layout is not right') end
local layout = redis.call('HGET', meta, 'layout')
if layout and string.find(layout, '${IS_DIVIDED}') then
  if layout ~= had then return 0 end
  redis.call('HDEL', meta, 'marks')
  redis.call('HSET', meta, 'left', 1)
  redis.call('PEXPIRE', meta, ${WIDTH_KEPT_MS})
  return 1
end
${arrangeParts(refuseLayout('layout', 'queue', 'layout'))}return 0
`,
})
