import type { DeadTask } from '../ports/queue-admin.ts'
import type { ListedTask } from '../ports/task-listing.ts'
import { MqError } from '../errors.ts'
import { factsOf } from '../wire/error-facts.ts'
import type { ErrorFacts } from '../wire/error-facts.ts'
import { decode } from '../wire/codec.ts'
import { decodeHeader, idOf } from '../wire/header.ts'
import type { TaskHeader } from '../wire/header.ts'

/** A task in a list, for people. Times are ms since 1970 by the storage's clock. */
export interface TaskEntry {
  /**
   * The caller's own, or the one the storage gave; of `ended` ones always that: nothing else is kept of them.
   * `queue.task(id)` finds it.
   */
  readonly id: string
  readonly state: 'waiting' | 'delayed' | 'running' | 'completed' | 'cancelled' | 'expired' | 'dead'
  /** Of header and payload, as they are stored; of `ended` ones of the result. */
  readonly bytes: number
  /** 0–9; not of those that ended or died. */
  readonly priority?: number | undefined
  /** Not of `ended` ones, nor where what is stored is malformed. */
  readonly enqueuedAt?: number | undefined
  /** delayed; undefined while it is blocked */
  readonly dueAt?: number | undefined
  /** delayed: until the tasks that it runs after have ended. */
  readonly blocked?: true | undefined
  /** running: unless its worker prolongs it. In the past: its worker was silent for a whole lease. */
  readonly leaseEndsAt?: number | undefined
  /** That it was enqueued with. Not of `ended` ones. */
  readonly key?: string | undefined
  /** How often its handler failed. Not of `ended` ones. */
  readonly failures?: number | undefined
  /** How often its worker died or lost its lease. Not of `ended` ones. */
  readonly crashes?: number | undefined
  /** ended, dead */
  readonly endedAt?: number | undefined
  /** cancelled, dead */
  readonly reason?: string | undefined
  /** dead: the last error, where there was one. */
  readonly error?: ErrorFacts | undefined
  /** With `payloads`; not of `ended` ones. The text itself where it is not JSON. Not checked by the queue's schema. */
  readonly payload?: unknown
  /** With `payloads`; not of `ended` ones. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** completed, with `payloads`: as it is stored. */
  readonly result?: unknown
  /** Another program wrote it: what can be read is shown, and a worker buries it. */
  readonly malformed?: boolean | undefined
}

export function entryOf(task: ListedTask, state: 'waiting' | 'delayed' | 'running', payloads: boolean): TaskEntry {
  const { n, bytes } = task
  if (task.outcome !== undefined) {
    const { state: end, endedAt, body, reason } = task.outcome
    const why = end === 'cancelled' ? body : reason
    return {
      id: idOf(n, {}),
      state: end,
      bytes,
      endedAt,
      ...(why === undefined ? undefined : { reason: why }),
      ...(payloads && end === 'completed' && body !== undefined ? { result: valueOf(body).value } : undefined),
    }
  }
  const { level, enqueuedAt, failures, crashes, dueAt, blocked, leaseEndsAt } = task
  const { id, malformed, ...content } = contentOf(task, payloads)
  const isMalformed = malformed || task.malformed === true
  return {
    id,
    state,
    bytes,
    priority: level,
    ...(task.malformed ? undefined : { enqueuedAt }),
    failures,
    crashes,
    ...(dueAt === undefined ? undefined : { dueAt }),
    ...(blocked ? { blocked } : undefined),
    ...(leaseEndsAt === undefined ? undefined : { leaseEndsAt }),
    ...content,
    ...(isMalformed ? { malformed: true } : undefined),
  }
}

export function entryOfDead(dead: DeadTask, payloads: boolean): TaskEntry {
  const { bytes, enqueuedAt, failures, crashes, diedAt, reason } = dead
  const { id, malformed, ...content } = contentOf(dead, payloads)
  const error = factsOf(dead.detail)
  return {
    id,
    state: 'dead',
    bytes,
    enqueuedAt,
    failures,
    crashes,
    endedAt: diedAt,
    reason,
    ...(error === undefined ? undefined : { error }),
    ...content,
    ...(malformed ? { malformed: true } : undefined),
  }
}

type Content = Pick<TaskEntry, 'id' | 'key' | 'payload' | 'headers'> & { readonly malformed: boolean }

function contentOf(
  { n, header, payload }: { readonly n: string; readonly header: string; readonly payload: string },
  payloads: boolean,
): Content {
  let read: TaskHeader = {}
  let malformed = false
  try {
    read = decodeHeader(header)
  } catch {
    malformed = true
  }
  const own = { id: idOf(n, read), ...(read.key === undefined ? undefined : { key: read.key }) }
  if (!payloads) return { ...own, malformed }
  const { value, isJson } = valueOf(payload)
  return { ...own, malformed: malformed || !isJson, payload: value, headers: read.headers ?? {} }
}

/** The text itself where it is not JSON. */
export function valueOf(text: string): { readonly value: unknown; readonly isJson: boolean } {
  try {
    return { value: decode(text, 'invalid-payload', 'it'), isJson: true }
  } catch (thrown) {
    if (!MqError.is(thrown)) throw thrown
    return { value: text, isJson: false }
  }
}
