import { FLOW_PARTS, KEYED_PARTS, queuePartsBut } from '../../keys.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { settleAndClaimLua } from './settle-and-claim-lua.ts'

/**
 * KEYS     all parts of the queue but producers, keyed, ring, paced, busy, places, kin, edges, chores
 * ARGV     TURN, then the lease of each settlement, then the act of each, then OWNED for each that has a caller's own id.
 *          act: "C<result>" complete, "c" complete without, "R<ms>" or "R<ms>|<error>" retry charged, "r<ms>" retry uncharged, "F" release,
 *          "B<json of reason and detail>" bury charged, "b…" bury uncharged, "X" expire,
 *          "O" before one of the first two: kept where the turn keeps no results, or the other way round
 * RETURNS  now, fence of the first claimed, ms until the next is due or -1, indices of stale settlements by commas,
 *          leases by commas, records, crashes, failures, memos (all three empty when no task was given back before),
 *          1 for suspects + 2 for paused, dead letters dropped for a bound and entries dropped that another program wrote (or none)
 * A repeated call settles nothing again and returns those of its claims that are still held. One that only claims, where nothing is,
 * reads three keys (and the heads of other levels in use). Writes all or nothing; O(settlements + want).
 */
export const settleAndClaimScript: Script = defineScript({
  name: 'settle-and-claim',
  parts: queuePartsBut('producers', ...KEYED_PARTS, ...FLOW_PARTS),
  allowOom: true,
  lua: settleAndClaimLua(false),
})
