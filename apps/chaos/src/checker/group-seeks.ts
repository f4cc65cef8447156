import type { Account } from './account.ts'
import type { GroupAccount } from './group-account.ts'
import type { Published } from './publishes.ts'
import type { Violation } from './violation.ts'

/**
 * K1: after a seek behind a number a group receives what follows it, without a hole up to the last that it receives
 * before the next seek, and nothing before it, except redriven dead letters.
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
      if (Number(n) <= to && !lives.wasRedriven(Number(n), from, at)) say(`was given ${n} after a seek behind ${to}`)
    }
    // A message whose member died before recording it comes later, perhaps only after the next seek.
    if (faults.some(({ beginAt, endAt }) => beginAt <= next.from && endAt >= from)) continue
    const farthest = Math.max(to, ...given.map(({ n }) => Number(n)))
    const seen = new Set(
      deliveries.flatMap((each) => (each.at >= from && each.from <= next.until ? Number(each.n) : [])),
    )
    for (const n of acknowledged) {
      if (n > to && n < farthest && !seen.has(n)) say(`was given ${farthest} without ${n} after a seek behind ${to}`)
    }
  }
  return violations
}
