import { MAX_KEPT_ERRORS } from '../ports/limits.ts'
import type { TaskFacts } from '../ports/queue-admin.ts'
import { factsOf } from '../wire/error-facts.ts'
import type { ErrorFacts } from '../wire/error-facts.ts'

/** Why an attempt failed. */
export interface TaskError extends ErrorFacts {
  /** ms since 1970 by the storage's clock. */
  readonly at: number
  /** From 1. An attempt that was not charged shares its number with the next. */
  readonly attempt: number
}

/** The last errors of a task, oldest first, including the one that it died of. */
export function errorsOf({ content, reading, failures }: TaskFacts): readonly TaskError[] {
  const errors = (content?.errors ?? []).flatMap(({ at, attempt, error }): TaskError[] => {
    const facts = factsOf(error)
    return facts === undefined ? [] : [{ at, attempt, ...facts }]
  })
  if (reading.state === 'ended' && reading.outcome.state === 'dead') {
    const { endedAt: at, body } = reading.outcome
    const facts = factsOf(body)
    // Whether it was charged with its end is not stored: an invalid payload is not.
    const attempt = Math.max(failures, (errors.at(-1)?.attempt ?? 0) + 1)
    if (facts !== undefined) errors.push({ at, attempt, ...facts })
  }
  return errors.slice(-MAX_KEPT_ERRORS)
}
