import type { EndedOutcome } from '../wire/ended-outcome.ts'

/** A task that another ran after, and how it ended. Its result is as it is stored: not checked by a schema. */
export type ParentOutcome = {
  readonly queue: string
  readonly id: string
} & (
  | EndedOutcome
  /** Nothing is known of it any more. */
  | { readonly state: 'unknown' }
  /** Its end was not told: the task was promoted or rescheduled meanwhile. */
  | { readonly state: 'pending' }
)
