import { OUTCOME_PARTS, queuePartsBut } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { enqueueLua } from './enqueue-lua.ts'
import { KEEP_REPLACED, REPLACE, REPLACE_CHECK, REPLACE_PARTS, SUPERSEDE } from './replace.ts'

/**
 * KEYS     all parts of the queue but moved; those of its outcomes
 * ARGV     as of enqueue
 * RETURNS  as of enqueue; a conflict of one that replaces: the task of its id runs
 * A waiting or delayed task of the id, or key, ends as cancelled with the reason "replaced"; an ended one is left as it is. O(tasks).
 */
export const enqueueReplacingScript: Script = defineScript({
  name: 'enqueue-replacing',
  parts: [...queuePartsBut('moved'), ...OUTCOME_PARTS],
  allowOom: false,
  lua: enqueueLua({
    functions: arrangeParts(...REPLACE_PARTS),
    check: REPLACE_CHECK,
    act: lua`${KEEP_REPLACED}  if ends then appendEnds() end
  reportLater(0)`,
    replace: REPLACE,
    supersede: SUPERSEDE,
    displaces: false,
  }),
})
