import { OUTCOME_PARTS, queuePartsBut } from '../../keys.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { settleAndClaimLua } from './settle-and-claim-lua.ts'

/**
 * KEYS     all parts of the queue but producers; those of its outcomes
 * ARGV     TURN, then ENDS, then UNITS, then SHARES, then the lease of each settlement, then the act of each, then OWNED for each that has a caller's own id, as of settle-and-claim.
 *          act: also "F<ms>q" and "F<ms>k", released, and the queue or the key of the task is held for so long; "N", its bytes, a bar, what follows the task, and then the
 *          act by which it is completed
 * RETURNS  as settle-and-claim-appending, 4 added to its flags where chores of flows are free; in the place of what is given again nil where nothing is, and behind it: "h" where limits keep
 *          tasks from this turn, "u" where what was stored as limits could not be read; a vertical bar; where leases are limited how many more there may be; a vertical bar; limits that another worker has defined, or ''
 * The same, for a queue that has keys, limits or flows. O(settlements + want · log keys); where limits are other than before O(keys that are held back).
 */
export const settleAndClaimSharingScript: Script = defineScript({
  name: 'settle-and-claim-sharing',
  parts: [...queuePartsBut('producers'), ...OUTCOME_PARTS],
  allowOom: true,
  lua: settleAndClaimLua(true, true),
})
