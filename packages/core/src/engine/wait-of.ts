import type { Delivery } from './execution.ts'

/**
 * How long a task waited, ms: from when it was due until a worker claimed it. Undefined where nobody knows when it was
 * due: of later attempts, and of one that is here before the delay is over that it was given, because it was promoted.
 */
export function waitOf({ task, header }: Delivery): number | undefined {
  const waitedMs = task.claimedAt - task.enqueuedAt
  if (task.failures > 0 || task.crashes > 0) return undefined
  if (header.delayMs === undefined) return Math.max(0, waitedMs)
  return waitedMs < header.delayMs ? undefined : waitedMs - header.delayMs
}
