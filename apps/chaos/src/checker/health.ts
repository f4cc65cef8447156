import type { Account } from './account.ts'
import type { Violation } from './verdict.ts'

/** I11: `ready` says no soon after work stopped for all, and yes soon after it goes on. */
export function checkHealth(account: Account, withinMs: number): Violation[] {
  const violations: Violation[] = []
  const outages = account.faults.filter(({ targets }) => targets === '*')
  for (const event of account.events) {
    if (event.ev !== 'health') continue
    const out = outages.find(({ beginAt, endAt }) => event.at >= beginAt && event.at <= endAt)
    const healing = outages.some(({ endAt }) => event.at > endAt && event.at <= endAt + withinMs)
    if (out && event.ready && event.at > out.beginAt + withinMs) {
      const late = Math.round(event.at - out.beginAt)
      violations.push({ invariant: 'I11', what: `${event.proc} called itself ready ${late} ms into ${out.name}` })
    }
    if (!out && !healing && !event.ready) {
      violations.push({ invariant: 'I11', what: `${event.proc} called itself not ready while all was well` })
    }
  }
  return violations
}
