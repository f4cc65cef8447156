import { OUTCOME_PARTS, queuePartsBut, SCHEDULE_PARTS } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { lua } from '../lua.ts'
import { enqueueLua } from '../queue/enqueue-lua.ts'
import { KEEP_REPLACED, REPLACE, REPLACE_CHECK, REPLACE_PARTS, SUPERSEDE } from '../queue/replace.ts'
import { CHECK_TICKS, DO_TICKS } from './tick-parts.ts'
import { TICK_PLACES } from './tick.ts'

/** One behind the other. */
function both(one: Part, other: Part): Part {
  return definePart({
    name: `${one.name}_${other.name}`,
    needs: [...one.needs, ...other.needs].join(' '),
    gives: [...one.gives, ...other.gives].join(' '),
    lua: one.lua + other.lua,
  })
}

/**
 * KEYS     all parts of the queue but moved; those of its outcomes; its schedules
 * ARGV     as of tick
 * RETURNS  as of tick
 * Of ticks whose tasks have keys. Writes all or nothing; O(tasks + ticks · log n).
 */
export const tickKeyedScript: Script = defineScript({
  name: 'tick-keyed',
  parts: [...queuePartsBut('moved'), ...OUTCOME_PARTS, ...SCHEDULE_PARTS],
  allowOom: false,
  lua: enqueueLua({
    functions: arrangeParts(...REPLACE_PARTS),
    check: both(REPLACE_CHECK, CHECK_TICKS),
    act: lua`${KEEP_REPLACED}  if ends then appendEnds() end
  reportLater(0)`,
    replace: both(REPLACE, DO_TICKS),
    supersede: SUPERSEDE,
    displaces: false,
    ticks: TICK_PLACES,
  }),
})
