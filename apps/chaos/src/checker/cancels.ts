import type { EndState } from '../end-state/end-state.ts'
import type { Account, NumberAccount } from './account.ts'
import { FINAL } from './commits.ts'
import { livesOf } from './lives.ts'
import type { Violation } from './violation.ts'

/**
 * I4: a task whose cancellation was confirmed never runs or settles again, `too-late` is answered only where the task
 * has ended, and no task is cancelled that nobody asked to cancel.
 */
export function checkCancels(account: Account, state: EndState | undefined): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I4', what })
  for (const [n, number] of account.numbers) {
    const { cancels, settles } = number
    const cancelled = cancels.find(({ ev, at }) => ev === 'cancel.ok' && !account.mayBeForgotten(at))
    if (cancelled) {
      const commit = settles.find(
        (settle) => settle.ev === 'settle.ok' && FINAL.has(settle.kind) && isLast(number, settle),
      )
      if (commit) say(`${n} was cancelled, and its ${commit.kind} was accepted`)
      const later = claimedAfter(number, cancelled.at)
      if (later) say(`${n} was given to ${later.proc} after it was cancelled`)
    }
    const late = cancels.find(({ ev, at }) => ev === 'cancel.too-late' && !account.mayBeForgotten(at))
    const later = late && claimedAfter(number, late.at)
    if (later && livesOf(number) === 1) say(`${n} could be given to ${later.proc}, though it was too late to cancel it`)
  }
  for (const { n, state: how } of state?.ended ?? []) {
    if (how === 'cancelled' && !account.numbers.get(n)?.cancels.some(({ ev }) => ev === 'cancel.invoke')) {
      say(`${n} is cancelled, though no cancellation was asked for`)
    }
  }
  return violations
}

/**
 * A burial that was redriven ended one life only. Its reply may come after the redrive: the time when it was sent
 * counts.
 */
function isLast(number: NumberAccount, { kind, lease, at }: NumberAccount['settles'][number]): boolean {
  if (kind !== 'bury') return true
  const asked = number.settles.find((other) => other.ev === 'settle.invoke' && other.lease === lease)
  return !number.redrives.some((redrive) => redrive.at >= (asked?.at ?? at))
}

function claimedAfter({ claims }: NumberAccount, at: number): NumberAccount['claims'][number] | undefined {
  return claims.find(({ from }) => from > at)
}
