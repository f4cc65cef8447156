import type { GroupDriver, Turn } from '@mq/core'
import type { Recorder } from '../history/recorder.ts'

/** Writes down what a member of a group was given, and which of its settlements were accepted: a line a turn. */
export function overhearGroup(group: string, driver: GroupDriver, recorder: Recorder): GroupDriver {
  let first: { readonly lane: string; readonly seq: number; readonly at: number } | undefined
  return {
    ...driver,
    async settleAndClaim(turn: Turn) {
      const { lane, seq } = turn
      if (first?.lane !== lane || first.seq !== seq) first = { lane, seq, at: recorder.now() }
      const { at: from } = first
      const reply = await driver.settleAndClaim(turn)
      const stale = new Set(reply.stale)
      const leases = turn.settlements.flatMap(({ lease }, i) => (stale.has(i) ? [] : [lease]))
      if (leases.length > 0) recorder.write({ ev: 'group.settled', group, leases })
      const given = reply.claimed.map(({ n, lease, fence }) => ({ n, lease, fence }))
      if (given.length > 0) recorder.write({ ev: 'group.claim', group, from, given })
      return reply
    },
  }
}
