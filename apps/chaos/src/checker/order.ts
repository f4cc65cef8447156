import type { Account } from './account.ts'
import type { Expectations } from './expectations.ts'
import type { Violation } from './violation.ts'

/** The storage's clock counts whole milliseconds. */
const ROUNDING_MS = 2

/**
 * I8: no delayed task starts early, no retry is claimed before its pause is over, and with `dueWithinMs` neither is
 * late.
 */
export function checkOrder(account: Account, expected: Expectations): Violation[] {
  const violations: Violation[] = [...checkRetries(account, expected)]
  const say = (what: string): void => void violations.push({ invariant: 'I8', what })
  const { dueWithinMs = Number.POSITIVE_INFINITY } = expected
  for (const { task, delayMs, invokedAt, okAt, starts } of account.tasks.values()) {
    const startedAt = starts[0]?.at
    if (delayMs === 0 || startedAt === undefined) continue
    const earlyMs = invokedAt + delayMs - ROUNDING_MS - startedAt
    if (earlyMs > 0) say(`task ${task} started ${earlyMs.toFixed(1)} ms too early`)
    const lateMs = startedAt - delayMs - (okAt ?? startedAt)
    if (lateMs > dueWithinMs) say(`task ${task} started ${Math.round(lateMs)} ms after it was due`)
  }
  return violations
}

/** I8: with one producer, one worker and no retry, tasks start in the order of their receipts. */
export function checkSequence({ tasks }: Account): Violation[] {
  const violations: Violation[] = []
  const accepted = [...tasks.values()].filter(({ okAt, starts }) => okAt !== undefined && starts.length > 0)
  accepted.sort((a, b) => a.okAt! - b.okAt!)
  for (const [i, task] of accepted.entries()) {
    const before = accepted[i - 1]
    if (before && before.starts[0]!.at > task.starts[0]!.at)
      violations.push({ invariant: 'I8', what: `task ${task.task} overtook task ${before.task}` })
  }
  return violations
}

const byTime = (a: { readonly at: number }, b: { readonly at: number }): number => a.at - b.at

/** From the first time that a retry was asked for until the next lease of the task was known. */
function checkRetries({ numbers, mayBeForgotten }: Account, expected: Expectations): Violation[] {
  const violations: Violation[] = []
  const { retryPauseMs, dueWithinMs = Number.POSITIVE_INFINITY } = expected
  for (const [n, { claims, settles }] of numbers) {
    for (const retried of settles) {
      if (retried.ev !== 'settle.ok' || retried.kind !== 'retry' || mayBeForgotten(retried.at)) continue
      // A storage that forgot what was not synced gives the name of a lease once more.
      const own = claims
        .filter(({ lease, at }) => lease === retried.lease && at <= retried.at)
        .toSorted(byTime)
        .at(-1)
      const asked = settles
        .filter(({ ev, lease, at }) => ev === 'settle.invoke' && lease === retried.lease && at >= (own?.at ?? 0))
        .toSorted(byTime)[0]
      const next = claims
        .filter(({ fence }) => own !== undefined && fence > own.fence)
        .toSorted((a, b) => a.fence - b.fence)[0]
      if (asked === undefined || next === undefined) continue
      const earlyMs = asked.at + retryPauseMs - ROUNDING_MS - next.at
      const lateMs = next.from - retryPauseMs - retried.at
      if (earlyMs > 0) violations.push({ invariant: 'I8', what: `${n} was retried ${earlyMs.toFixed(1)} ms too early` })
      if (lateMs > dueWithinMs) {
        violations.push({ invariant: 'I8', what: `${n} was retried ${Math.round(lateMs)} ms after it was due` })
      }
    }
  }
  return violations
}
