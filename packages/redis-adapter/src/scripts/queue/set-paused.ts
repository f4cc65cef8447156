import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { TELL, WAKE } from '../parts/hints.ts'
import { LAYOUT, META } from '../parts/meta.ts'

/** `listeners`: topic of the queue's. */
export const PAUSE = { paused: 'flag', listeners: 'text' } as const

/**
 * KEYS     meta idle
 * ARGV     PAUSE
 * RETURNS  1 when that is other than before, else 0
 * Whoever sleeps is woken by resuming: one worker, which wakes the next when it leaves work. All are notified of a pause. O(1).
 */
export const setPausedScript: Script = defineScript({
  name: 'set-paused',
  parts: ['meta', 'idle'],
  allowOom: true,
  lua: lua`
${readArguments(PAUSE)}${arrangeParts(META, TELL, WAKE)}
redis.call('ZCARD', idle)
if paused == not not m[6] then return 0 end
if paused then
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'paused', 1)
  tell(listeners, 's')
else
  redis.call('HDEL', meta, 'paused')
  wake()
end
return 1
`,
})
