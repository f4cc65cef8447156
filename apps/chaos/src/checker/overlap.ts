import type { Account, NumberAccount } from './account.ts'
import type { Violation } from './violation.ts'

/** Redis counts in whole milliseconds. */
const ROUNDING_MS = 2

/**
 * I6: a task is given to a second worker only after the first one's lease ran out by the server's clock. The server
 * confirmed a lease or its extension after it was asked, so it certainly lasts until then + `leaseMs`.
 */
export function checkOverlap(account: Account, leaseMs: number): Violation[] {
  const violations: Violation[] = []
  for (const [n, number] of account.numbers) {
    // As the server gave them: a reply may have been held up until after the next one.
    const given = number.claims.toSorted((a, b) => a.fence - b.fence)
    for (const [i, claim] of given.entries()) {
      const before = given[i - 1]
      if (before === undefined || account.mayBeForgotten(before.at)) continue
      const confirmedFrom = lastConfirmed(number, before, claim.at)
      if (gaveItUp(number, before, claim.at) || account.mayBeForgotten(confirmedFrom)) continue
      const earlyMs = confirmedFrom + leaseMs - ROUNDING_MS - claim.at
      if (earlyMs > 0) {
        violations.push({
          invariant: 'I6',
          what: `${n} went from ${before.proc} to ${claim.proc} ${earlyMs.toFixed(1)} ms before its lease ran out`,
        })
      }
    }
  }
  return violations
}

type Claim = NumberAccount['claims'][number]

function lastConfirmed(number: NumberAccount, { from, proc, lease }: Claim, before: number): number {
  return number.extends
    .filter((each) => each.proc === proc && each.lease === lease && each.at < before)
    .reduce((latest, each) => Math.max(latest, each.from), from)
}

/** It sent a settlement, which may have ended the lease even where no reply came. */
function gaveItUp({ settles }: NumberAccount, { proc, lease }: Claim, before: number): boolean {
  return settles.some((each) => each.proc === proc && each.lease === lease && each.at < before)
}
