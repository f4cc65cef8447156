import { FLOW_PARTS, KEYED_PARTS, OUTCOME_PARTS, queuePartsBut } from '../../keys.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { settleAndClaimLua } from './settle-and-claim-lua.ts'

/**
 * KEYS     all parts of the queue but producers, keyed, ring, paced, busy, places, kin, edges, chores; those of its outcomes
 * ARGV     TURN, then ENDS, then UNITS, then the lease of each settlement, then the act of each, then OWNED for each that has a caller's own id, as of settle-and-claim
 * RETURNS  as settle-and-claim; or that and "ms group", a group of the outcomes to remove: its members were away for longer than these ms
 * The same, for a queue that keeps outcomes: each end is appended to them, in the order of the settlements.
 */
export const settleAndClaimAppendingScript: Script = defineScript({
  name: 'settle-and-claim-appending',
  parts: [...queuePartsBut('producers', ...KEYED_PARTS, ...FLOW_PARTS), ...OUTCOME_PARTS],
  allowOom: true,
  lua: settleAndClaimLua(true),
})
