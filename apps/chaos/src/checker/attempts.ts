import type { HistoryEvent } from '../history/event.ts'
import type { Account, NumberAccount } from './account.ts'
import { beganAnewAfter } from './lives.ts'
import type { Violation } from './violation.ts'

type Start = NumberAccount['starts'][number]
type End = Extract<HistoryEvent, { readonly ev: 'end' }>

/** I7: only a handler that threw uses up an attempt, and a life begins with the first one. */
export function checkAttempts(account: Account): Violation[] {
  const violations: Violation[] = []
  for (const { task, starts, ends } of account.tasks.values()) {
    const given = starts.toSorted((a, b) => a.fence - b.fence)
    let failures = 0
    for (const start of given) {
      const number = account.numbers.get(start.n)!
      if (number.claims.length === 0) break // a system that shows no leases may count in its own way
      if (start.attempt > 1 + failures) {
        violations.push({
          invariant: 'I7',
          what: `task ${task} began attempt ${start.attempt} after ${failures} failures`,
        })
      }
      if (beganAnewAfter(number, start)) failures = 0
      else if (endOf(start, ends)?.how === 'threw') failures++
    }
  }
  return violations
}

function endOf({ proc, n, at }: Start, ends: readonly End[]): End | undefined {
  return ends.find((end) => end.proc === proc && end.n === n && end.at >= at)
}
