import type { Account } from './account.ts'
import type { Violation } from './verdict.ts'

/** I8: from the confirmation of a pause until somebody asks to resume, nothing is given to any worker. One operator only. */
export function checkPauses(account: Account): Violation[] {
  const violations: Violation[] = []
  const spans: { readonly from: number; until: number }[] = []
  for (const { ev, at } of account.events) {
    if (ev === 'pause.ok') spans.push({ from: at, until: Number.POSITIVE_INFINITY })
    else if (ev === 'resume.invoke') for (const span of spans) span.until = Math.min(span.until, at)
  }
  for (const event of account.events) {
    if (event.ev !== 'claim') continue
    if (spans.some(({ from, until }) => event.from > from && event.at < until && !account.mayBeForgotten(from))) {
      violations.push({ invariant: 'I8', what: `${event.n} was given to ${event.proc} while the queue was paused` })
    }
  }
  return violations
}
