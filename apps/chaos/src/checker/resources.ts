import type { Account } from './account.ts'
import type { Expectations } from './expectations.ts'
import type { Violation } from './violation.ts'

/** I12: a process that ran throughout has no more memory and handles at the end than at its begin. */
export function checkResources(account: Account, expected: Expectations): Violation[] {
  const { rssGrowthBytes, redisGrowthBytes, handleGrowth } = expected
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
  const grownBytes = redisGrowth(account)
  if (redisGrowthBytes !== undefined && grownBytes > redisGrowthBytes) {
    violations.push({ invariant: 'I12', what: `Redis grew by ${Math.round(grownBytes / 2 ** 20)} MiB` })
  }
  return violations
}

/** From the second quarter, in which all that is bounded is full, to the last. */
function redisGrowth({ events }: Account): number {
  const used = events.flatMap((event) => (event.ev === 'memory' ? [event.usedBytes] : []))
  const most = (from: number, to: number): number => Math.max(0, ...used.slice(from * used.length, to * used.length))
  return most(1 / 4, 1 / 2) === 0 ? 0 : most(3 / 4, 1) - most(1 / 4, 1 / 2)
}
