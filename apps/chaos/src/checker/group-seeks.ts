import type { Account } from './account.ts'
import type { GroupAccount } from './group-account.ts'
import type { Published } from './publishes.ts'
import type { Violation } from './violation.ts'

/**
 * K1: a group that was sent to what follows a number is given that, all of it as far as it comes until it is sent
 * elsewhere, and nothing that is before, unless its letter was redriven.
 */
export function checkGroupSeeks(
  account: Account,
  { group, deliveries, lives }: GroupAccount,
  published: ReadonlyMap<string, Published>,
): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'K1', what: `group ${group} ${what}` })
  const acknowledged = [...published.values()].flatMap(({ n }) => n ?? [])
  const faults = [...account.faults, ...account.stalls]
  for (const [i, { to, from, until, isDone, isVague }] of lives.seeks.entries()) {
    if (!isDone) continue
    const next = lives.seeks[i + 1] ?? { from: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY }
    const given = deliveries.filter((each) => each.from >= until && each.at <= next.from)
    for (const { n, at } of isVague ? [] : given) {
      if (Number(n) <= to && !lives.wasRedriven(Number(n), from, at))
        say(`was given ${n} after it was sent behind ${to}`)
    }
    // What a member took and died with before it wrote that down comes later, perhaps not until the group is sent
    // elsewhere.
    if (faults.some(({ beginAt, endAt }) => beginAt <= next.from && endAt >= from)) continue
    const farthest = Math.max(to, ...given.map(({ n }) => Number(n)))
    const seen = new Set(
      deliveries.flatMap((each) => (each.at >= from && each.from <= next.until ? Number(each.n) : [])),
    )
    for (const n of acknowledged) {
      if (n > to && n < farthest && !seen.has(n)) say(`was sent behind ${to}, and was given ${farthest} without ${n}`)
    }
  }
  return violations
}
