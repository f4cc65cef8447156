import type { Overview } from './overview.ts'

/** A reading serves all who ask within this time. */
const FRESH_MS = 500
/** And for each queue or group that is read: all who look together take less than 1 % of a core of the storage. */
const FRESH_MS_EACH = 10

/** How long an overview serves all who ask. */
export function freshMsOf({ queues, groups }: Pick<Overview, 'queues' | 'groups'>): number {
  return Math.max(FRESH_MS, FRESH_MS_EACH * (queues.length + groups.length))
}
