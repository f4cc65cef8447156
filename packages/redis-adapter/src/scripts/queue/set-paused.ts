import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { TELL, WAKE } from '../parts/hints.ts'
import { LAYOUT, META } from '../parts/meta.ts'

/** `listeners`: topic of the queue's. `order`: its number among such orders, or ''. */
export const PAUSE = { paused: 'flag', listeners: 'text', order: 'number' } as const

/**
 * KEYS     meta idle
 * ARGV     PAUSE
 * RETURNS  {1 when that is other than before, else 0; the number of the last order that had one, where this has one}
 * An order with a number does nothing where one with this or a higher number came.
 * Whoever sleeps is woken by resuming: one worker, which wakes the next when it leaves work. All are notified of a pause. O(1).
 */
export const setPausedScript: Script = defineScript({
  name: 'set-paused',
  parts: ['meta', 'idle'],
  allowOom: true,
  lua: lua`
${readArguments(PAUSE)}${arrangeParts(META, TELL, WAKE)}
redis.call('ZCARD', idle)
local last = m[6] and 1 or 0
if order then
  local stored = redis.call('HGET', meta, 'order')
  last = stored and #stored < 14 and string.find(stored, '^%d+$') and tonumber(stored) or last
  if order <= last then return { 0, last } end
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'order', string.format('%.0f', order))
end
if paused == not not m[6] then return { 0, order or last } end
if paused then
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'paused', 1)
  tell(listeners, 's')
else
  redis.call('HDEL', meta, 'paused')
  wake()
end
return { 1, order or last }
`,
})
