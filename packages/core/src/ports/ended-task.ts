import type { StoredOutcome } from './stored-outcome.ts'
import type { EndedTask } from './task-listing.ts'

/**
 * An entry of a page of ended tasks: what a handler returned is in it only with `payloads`, the reason of a
 * cancellation always.
 */
export function endedTask(n: string, outcome: StoredOutcome, bytes: number, payloads: boolean): EndedTask {
  const { body, ...rest } = outcome
  const isShown = body !== undefined && (payloads || outcome.state === 'cancelled')
  return { n, outcome: isShown ? { ...rest, body } : rest, bytes }
}
