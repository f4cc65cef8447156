import { toError } from '../errors.ts'
import type { DeadTask } from '../ports/queue-admin.ts'
import { describeError, factsOf } from '../wire/error-facts.ts'
import { decodeHeader, idOf } from '../wire/header.ts'
import type { TaskHeader } from '../wire/header.ts'
import type { ErrorFacts } from '../wire/error-facts.ts'

/** A buried task, as operators see it. */
export interface DeadLetter {
  readonly id: string
  /**
   * `attempts-exhausted`, `not-retryable`, `crash-limit`, `invalid-payload`, `invalid-result`, `malformed`,
   * `displaced`, or what a handler gave to `bury`.
   */
  readonly reason: string
  readonly error: ErrorFacts | undefined
  readonly payload: unknown
  readonly headers: Readonly<Record<string, string>>
  /** ms since 1970, the storage's clock. */
  readonly diedAt: number
  readonly enqueuedAt: number
  /** How often its handler failed. */
  readonly failures: number
  /** How often its worker died or lost its lease. */
  readonly crashes: number
}

/** The number is used as the id when the header cannot be read. */
export function idOfDead({ n, header }: DeadTask): string {
  try {
    return idOf(n, decodeHeader(header))
  } catch {
    return idOf(n, {})
  }
}

/** A payload that can no longer be read is shown raw: that is often why the task died. */
export function toDeadLetter(dead: DeadTask): DeadLetter {
  const { reason, detail, diedAt, enqueuedAt, failures, crashes } = dead
  let header: TaskHeader = {}
  let payload: unknown = dead.payload
  let unreadable: string | undefined
  try {
    header = decodeHeader(dead.header)
    payload = JSON.parse(dead.payload)
  } catch (thrown) {
    unreadable = describeError(toError(thrown))
  }
  return {
    id: idOf(dead.n, header),
    reason,
    error: factsOf(detail || unreadable),
    payload,
    headers: header.headers ?? {},
    diedAt,
    enqueuedAt,
    failures,
    crashes,
  }
}
