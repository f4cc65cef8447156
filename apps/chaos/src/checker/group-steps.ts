import type { Account } from './account.ts'
import type { GroupAccount } from './group-account.ts'
import type { Violation } from './violation.ts'

/** K1: a step whose memo is known to be stored is not done again in the same life of its message, by any member. */
export function checkGroupSteps(account: Account, { group, messages, lives }: GroupAccount): Violation[] {
  const violations: Violation[] = []
  for (const [n, given] of messages) {
    for (const [i, delivery] of given.entries()) {
      if (delivery.steps === 0) continue
      const before = given.slice(0, i).find(({ from, keptAt }) => {
        if (keptAt === undefined || keptAt > delivery.from || account.mayBeForgotten(keptAt)) return false
        return !lives.beganAnew(n, from, delivery.at)
      })
      if (before) {
        const what = `group ${group} did a step of ${n} again on ${delivery.proc}, whose memo ${before.proc} had stored`
        violations.push({ invariant: 'K1', what })
      }
      if (delivery.steps > 1) violations.push({ invariant: 'K1', what: `group ${group} did a step of ${n} twice` })
    }
  }
  return violations
}
