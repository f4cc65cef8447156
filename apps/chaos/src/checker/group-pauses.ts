import type { Account } from './account.ts'
import { strikesWithin } from './circumstances.ts'
import type { GroupAccount } from './group-account.ts'
import { pausesIn } from './pauses.ts'
import type { Violation } from './violation.ts'

/**
 * How long after a pause a message that was claimed before it may still begin: members release it within milliseconds.
 */
const GIVEN_BACK_WITHIN_MS = 1_000

/** I8: while a group is paused, no message is given to a member, and after a moment no handler begins. */
export function checkGroupPauses(account: Account, { group, deliveries }: GroupAccount): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I8', what })
  const faults = [...account.faults, ...account.stalls]
  for (const { from, until } of pausesIn(account, group)) {
    if (account.mayBeForgotten(from)) continue
    for (const { n, proc, from: askedAt, at, start } of deliveries) {
      if (askedAt > from && at < until) say(`${n} was given to ${proc} while group ${group} was paused`)
      const beganAt = start?.at ?? 0
      if (beganAt <= from + GIVEN_BACK_WITHIN_MS || beganAt >= until) continue
      if (faults.some((fault) => strikesWithin(fault, proc, from, beganAt))) continue
      say(`${proc} began with ${n} ${Math.round(beganAt - from)} ms after a pause was confirmed`)
    }
  }
  return violations
}
