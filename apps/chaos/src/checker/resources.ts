import type { Account } from './account.ts'
import type { Expectations } from './expectations.ts'
import type { Violation } from './verdict.ts'

/** I12: memory and handles of a process that lived through it all come back to what they were. */
export function checkResources(account: Account, { rssGrowthBytes, handleGrowth }: Expectations): Violation[] {
  const violations: Violation[] = []
  const begins = new Map<string, { readonly rssBytes: number; readonly handles: number }>()
  for (const event of account.events) {
    if (event.ev !== 'usage') continue
    const begin = begins.get(event.proc)
    if (event.when === 'begin' || begin === undefined) {
      begins.set(event.proc, event)
      continue
    }
    const grownBytes = event.rssBytes - begin.rssBytes
    const grownHandles = event.handles - begin.handles
    if (grownBytes > rssGrowthBytes) {
      violations.push({ invariant: 'I12', what: `${event.proc} grew by ${Math.round(grownBytes / 2 ** 20)} MiB` })
    }
    if (grownHandles > handleGrowth) {
      violations.push({ invariant: 'I12', what: `${event.proc} has ${grownHandles} more handles than at its begin` })
    }
  }
  return violations
}
