import type { Account } from './account.ts'
import { FINAL } from './commits.ts'
import type { GroupAccount, GroupDelivery } from './group-account.ts'
import type { Violation } from './violation.ts'

/** I4 in a group: one commit of a message in a life, by its newest lease, as its handler ended. */
export function checkGroupCommits(
  { mayBeForgotten }: Account,
  { group, deliveries, messages, lives }: GroupAccount,
): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I4', what: `group ${group}: ${what}` })
  for (const [n, given] of messages) {
    const commits = given.filter(({ settled }) => settled && FINAL.has(settled.kind) && !mayBeForgotten(settled.at))
    const again = commits.filter((commit, i) => i > 0 && !lives.beganAnew(n, commits[i - 1]!.from, commit.at))
    if (again.length > 0) say(`${n} was committed ${commits.length} times`)
    for (const delivery of given) {
      const { settled, proc, how } = delivery
      if (settled === undefined) continue
      if (wasStale(delivery, given, mayBeForgotten)) say(`a stale settlement of ${n} by ${proc} was accepted`)
      if (settled.kind === 'complete' && how !== 'returned') say(`${proc} completed ${n} without having done it`)
      if (settled.kind === 'retry' && how !== 'threw') say(`${proc} retried ${n}, and its handler had not failed`)
    }
  }
  // What a server forgot it may give again.
  const known = deliveries.filter(({ at }) => !mayBeForgotten(at))
  for (const [i, { fence, n }] of known.entries()) {
    const before = known[i - 1]
    if (before?.fence === fence) say(`${before.n} and ${n} were given with fence ${fence}`)
  }
  const leases = new Map<string, GroupDelivery>()
  for (const delivery of known) {
    const before = leases.get(delivery.lease)
    if (before && before.fence !== delivery.fence) say(`lease ${delivery.lease} was given twice`)
    leases.set(delivery.lease, delivery)
  }
  return violations
}

/** A newer lease was known before this settlement was sent. */
function wasStale(
  { fence, settled, at }: GroupDelivery,
  given: readonly GroupDelivery[],
  mayBeForgotten: Account['mayBeForgotten'],
): boolean {
  if (mayBeForgotten(at)) return false
  return given.some((later) => later.fence > fence && later.at < settled!.from && !mayBeForgotten(later.at))
}
