import type { SettleEvent } from '../history/event.ts'
import type { Account, NumberAccount } from './account.ts'
import { livesOf } from './lives.ts'
import type { Violation } from './violation.ts'

type Settle = NumberAccount['settles'][number]

export interface Commits {
  readonly staleAttempts: number
  readonly staleRefused: number
  readonly violations: readonly Violation[]
}

export const FINAL: ReadonlySet<SettleEvent['kind']> = new Set(['complete', 'bury', 'expire'])

/**
 * I4: at most one commit of a task, by its newest lease; fences increase, leases are never given again; a stale
 * settlement is refused.
 */
export function checkCommits(account: Account): Commits {
  const violations: Violation[] = []
  let staleAttempts = 0
  let staleRefused = 0
  const returned = new Set<string>()
  for (const event of account.events) {
    if (event.ev === 'end' && event.how === 'returned') returned.add(`${event.proc} ${event.n}`)
  }
  for (const [n, number] of account.numbers) {
    const say = (what: string): void => void violations.push({ invariant: 'I4', what })
    const confirmed = number.settles.filter(({ ev, at }) => ev === 'settle.ok' && !account.mayBeForgotten(at))
    const commits = confirmed.filter(({ kind }) => FINAL.has(kind))
    const burials = commits.filter(({ kind }) => kind === 'bury').length
    const redriven = Math.min(burials, livesOf(number) - 1)
    if (commits.length > 1 + redriven) say(`${n} was committed ${commits.length} times`)
    for (const { kind, proc } of number.settles) {
      if (kind === 'complete' && !returned.has(`${proc} ${n}`)) say(`${proc} completed ${n} without having done it`)
    }
    for (const settle of number.settles) {
      if (settle.ev === 'settle.stale') {
        staleAttempts++
        staleRefused++
      } else if (settle.ev === 'settle.ok' && wasStale(number, settle, account)) {
        staleAttempts++
        say(`a stale settlement of ${n} by ${settle.proc} was accepted`)
      }
    }
    for (const what of tokensOf(number, account)) say(`${n}: ${what}`)
  }
  return { staleAttempts, staleRefused, violations }
}

/** A newer lease was known before this settlement was sent. */
function wasStale({ claims, settles }: NumberAccount, settle: Settle, account: Account): boolean {
  const own = claims.find(({ proc, lease }) => proc === settle.proc && lease === settle.lease)
  const sent = settles.find(
    ({ ev, proc, lease }) => ev === 'settle.invoke' && proc === settle.proc && lease === settle.lease,
  )
  if (own === undefined || sent === undefined || account.mayBeForgotten(own.at)) return false
  return claims.some(({ fence, at }) => fence > own.fence && at < sent.at && !account.mayBeForgotten(at))
}

function tokensOf({ claims }: NumberAccount, account: Account): string[] {
  const problems: string[] = []
  for (const [i, claim] of claims.entries()) {
    const before = claims[i - 1]
    if (before === undefined || account.mayBeForgotten(before.at)) continue
    if (claim.from > before.at && claim.fence <= before.fence) {
      problems.push(`fence ${claim.fence} came after ${before.fence}`)
    }
    if (claim.lease === before.lease && claim.fence !== before.fence) problems.push(`lease ${claim.lease} given twice`)
  }
  return problems
}
