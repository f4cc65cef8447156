import { parse } from '../define/schema.ts'
import type { StandardSchema } from '../define/schema.ts'
import type { StoredOutcome } from '../ports/stored-outcome.ts'
import { decode } from './codec.ts'
import { factsOf } from './error-facts.ts'
import type { EndedOutcome } from './ended-outcome.ts'

/** An outcome as a program gets it. Throws `invalid-result`, also as a rejection where the schema is asynchronous. */
export function readOutcome<Result>(
  { state, endedAt, body, reason }: StoredOutcome,
  schema: StandardSchema<any, Result> | undefined,
): EndedOutcome<Result> | Promise<EndedOutcome<Result>> {
  switch (state) {
    case 'completed': {
      const value = body === undefined ? undefined : decode(body, 'invalid-result', 'the result')
      const result = parse(schema, value, 'invalid-result', 'the result')
      return result instanceof Promise
        ? result.then((parsed) => ({ state, endedAt, result: parsed }))
        : { state, endedAt, result }
    }
    case 'dead':
      return { state, endedAt, reason: reason ?? 'unknown', error: factsOf(body) }
    case 'cancelled':
      return { state, endedAt, reason: body ?? '' }
    case 'expired':
      return { state, endedAt }
  }
}
