import { readArguments } from '../arguments.ts'
import { lua } from '../lua.ts'
import { REFUSE_LAYOUT } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { NAMED } from './read-schedule.ts'

/**
 * KEYS     meta schedules due
 * ARGV     NAMED
 * RETURNS  1 when there was one, else 0
 * O(log n).
 */
export const removeScheduleScript: Script = defineScript({
  name: 'remove-schedule',
  parts: ['meta', 'schedules', 'due'],
  allowOom: true,
  lua: lua`
${readArguments(NAMED)}${REFUSE_LAYOUT}
redis.call('ZCARD', due)
local removed = redis.call('HDEL', schedules, name)
return math.max(removed, redis.call('ZREM', due, name))
`,
})
