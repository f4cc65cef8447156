import type { GroupDriver, Turn } from '@mq/core'
import type { Recorder } from '../history/recorder.ts'
import { rememberFirstSent } from './first-sent.ts'

/** Writes down what a member of a group was given, and which of its settlements were accepted: a line a turn. */
export function overhearGroup(group: string, driver: GroupDriver, recorder: Recorder): GroupDriver {
  const firstSentAt = rememberFirstSent(() => recorder.now())
  return {
    ...driver,
    async settleAndClaim(turn: Turn) {
      const from = firstSentAt(turn)
      const reply = await driver.settleAndClaim(turn)
      if (turn.settlements.length > 0) {
        const refused = new Set(reply.stale)
        const settled = turn.settlements.flatMap(({ lease, kind }, i) => (refused.has(i) ? [] : [{ lease, kind }]))
        const stale = turn.settlements.flatMap(({ lease }, i) => (refused.has(i) ? [lease] : []))
        recorder.write({ ev: 'group.settled', group, from, settled, stale })
      }
      if (reply.claimed.length > 0) {
        const given = reply.claimed.map(({ n, lease, fence, failures, crashes }) => {
          return { n, lease, fence, failures, crashes }
        })
        recorder.write({ ev: 'group.claim', group, from, given })
      }
      return reply
    },
    async apply(command) {
      if (command.kind !== 'redrive') return driver.apply(command)
      const letters = command.tasks.map(({ n, diedAt = 0 }) => ({ group, n, diedAt }))
      for (const letter of letters) recorder.write({ ev: 'group.redrive.invoke', ...letter })
      const reply = await driver.apply(command)
      const refused = new Set(reply.refused)
      letters.forEach((letter, i) => {
        recorder.write({ ev: refused.has(i) ? 'group.redrive.refused' : 'group.redrive.ok', ...letter })
      })
      return reply
    },
  }
}
