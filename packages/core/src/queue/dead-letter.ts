import { toError } from '../errors.ts'
import type { DeadTask } from '../ports/queue-admin.ts'
import { describeError, factsOf } from './error-facts.ts'
import { decodeHeader, idOf } from './header.ts'
import type { TaskHeader } from './header.ts'
import type { DeadLetter } from './queue.ts'

/** A dead letter for people. One that nobody can read any more is shown raw: that is often why it died. */
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
