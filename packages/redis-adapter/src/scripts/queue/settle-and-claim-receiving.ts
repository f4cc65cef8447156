import { INBOX_PARTS, OUTCOME_PARTS, queuePartsBut } from '../../keys.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { settleAndClaimLua } from './settle-and-claim-lua.ts'

/**
 * KEYS     all parts of the queue but producers; those of its outcomes; its inbox
 * ARGV     TURN, then ENDS, then UNITS, then SHARES, then RECEIVES, then the lease of each settlement, then the act of each, then OWNED for each that has a caller's own id, as of settle-and-claim-sharing
 * RETURNS  as settle-and-claim-sharing; "i" before the vertical bar where the inbox is no list
 * The same, for a queue with an inbox, which is looked at again soon: entries that a claim has room for become tasks first. O(settlements + want · log keys).
 */
export const settleAndClaimReceivingScript: Script = defineScript({
  name: 'settle-and-claim-receiving',
  parts: [...queuePartsBut('producers'), ...OUTCOME_PARTS, ...INBOX_PARTS],
  allowOom: true,
  lua: settleAndClaimLua(true, true, true),
})
