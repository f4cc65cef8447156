import type { Settlement } from '../ports/queue-driver.ts'
import type { Held } from './held.ts'

/** Leases lost until a task is suspected of killing its process, and runs alone. */
export const SUSPECT_AT = 2
/** One lease more, and it ran alone when this was lost. */
const CRASH_LIMIT = 3

/** Decides what to do with a task that was just claimed: run it, run it alone, or end it without running it. */
export type Triage = 'run' | 'alone' | Settlement

export function triage({ task, header }: Held): Triage {
  const { lease, crashes } = task
  if (task.malformed) return { kind: 'bury', lease, reason: 'malformed', detail: '', charge: false }
  if (crashes >= CRASH_LIMIT) {
    return { kind: 'bury', lease, id: header.id, reason: 'crash-limit', detail: '', charge: false }
  }
  const { expiresInMs } = header
  if (expiresInMs !== undefined && task.claimedAt - task.enqueuedAt >= expiresInMs) {
    return { kind: 'expire', lease, id: header.id }
  }
  return crashes >= SUSPECT_AT ? 'alone' : 'run'
}
