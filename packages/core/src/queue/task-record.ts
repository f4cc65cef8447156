import type { TaskFacts } from '../ports/queue-admin.ts'
import { decodeHeader } from '../wire/header.ts'
import type { TaskHeader } from '../wire/header.ts'
import { factsOf } from '../wire/error-facts.ts'
import type { ErrorFacts } from '../wire/error-facts.ts'
import { valueOf } from './task-entry.ts'
import { errorsOf } from './task-errors.ts'
import type { TaskError } from './task-errors.ts'
import { logsOf } from './task-logs.ts'
import type { LogLine, TaskLogs } from './task-logs.ts'
import { timelineOf } from './timeline.ts'
import type { TaskMoment } from './timeline.ts'

/** All that is known of one task. Times are ms since 1970 by the storage's clock; what is not known is absent. */
export interface TaskRecord {
  readonly id: string
  readonly state: 'waiting' | 'delayed' | 'running' | 'completed' | 'dead' | 'cancelled' | 'expired'
  /**
   * Of a task that has not ended, and of a dead one, as the next eight. The text itself where it is not JSON. Not
   * checked by a schema.
   */
  readonly payload?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly enqueuedAt?: number | undefined
  /** How often its handler may fail: the task's own `attempts`, or the queue's. */
  readonly attempts?: number | undefined
  /** How often its handler failed. */
  readonly failures?: number | undefined
  /** How often its worker died or lost its lease. */
  readonly crashes?: number | undefined
  /**
   * Why its last 5 failed attempts failed, oldest first, since it was enqueued or redriven; of attempts that were
   * charged, and of the one that it died of. A message is cut at 500 characters, a stack at 1,000; those of the end at
   * 1,000 and 4,000.
   */
  readonly errors?: readonly TaskError[] | undefined
  /** What its handler logged: the last 100 lines, 8 KiB at the most, oldest first; absent when it logged nothing. */
  readonly logs?: readonly LogLine[] | undefined
  /** How many lines are missing there. */
  readonly logsDropped?: number | undefined
  /** That it was enqueued with. */
  readonly key?: string | undefined
  /** 0–9; not of those that ended. */
  readonly priority?: number | undefined
  /** delayed: until it is due; undefined while it is blocked. */
  readonly dueInMs?: number | undefined
  /** delayed: until the tasks that it runs after have ended. */
  readonly blocked?: true | undefined
  /**
   * waiting, delayed: when its `expiresInMs` is over. In the past: it is not run any more, and the next worker that is
   * given it ends it.
   */
  readonly expiresAt?: number | undefined
  /** running: until its lease ends, unless its worker prolongs it; 0 or less: nobody has recovered it yet. */
  readonly leaseEndsInMs?: number | undefined
  /** running: what the handler reported last. */
  readonly progress?: unknown
  /** When it ended or died. */
  readonly endedAt?: number | undefined
  /** cancelled, dead */
  readonly reason?: string | undefined
  /** dead: the last error, where there was one. */
  readonly error?: ErrorFacts | undefined
  /** completed: as it is stored. */
  readonly result?: unknown
  /** Another program wrote it: what can be read is shown, and a worker buries it. */
  readonly malformed?: boolean | undefined
  /** What happened to it, and when it is due, in that order. */
  readonly timeline: readonly TaskMoment[]
}

export function recordOf(id: string, facts: TaskFacts, attempts: number): TaskRecord | undefined {
  const { reading } = facts
  if (reading.state === 'unknown') return undefined
  const errors = errorsOf(facts)
  const timeline = timelineOf(facts, errors)
  return { id, ...contentOf(facts, attempts, errors), ...expiryOf(facts), ...placeOf(facts), timeline }
}

type Content = Omit<TaskRecord, 'id' | 'state' | 'timeline'>

function contentOf(
  { content, failures, crashes, level }: TaskFacts,
  attempts: number,
  errors: readonly TaskError[],
): Content {
  if (content === undefined) return {}
  const { value, isJson } = valueOf(content.payload)
  const header = headerOf(content.header)
  return {
    payload: value,
    headers: header?.headers ?? {},
    ...(content.malformed ? undefined : { enqueuedAt: content.enqueuedAt }),
    attempts: header?.attempts ?? attempts,
    ...(header?.key === undefined ? undefined : { key: header.key }),
    failures,
    crashes,
    errors,
    ...(content.log === undefined ? undefined : logFieldsOf(logsOf(content.log))),
    ...(level === undefined ? undefined : { priority: level }),
    ...(content.malformed || !isJson || header === undefined ? { malformed: true } : undefined),
  }
}

function expiryOf({ content, reading }: TaskFacts): Content {
  if (content === undefined || content.malformed || (reading.state !== 'waiting' && reading.state !== 'delayed'))
    return {}
  const expiresInMs = headerOf(content.header)?.expiresInMs
  return expiresInMs === undefined ? {} : { expiresAt: content.enqueuedAt + expiresInMs }
}

function logFieldsOf({ lines, dropped }: TaskLogs): Content {
  return { logs: lines, ...(dropped === 0 ? undefined : { logsDropped: dropped }) }
}

function headerOf(text: string): TaskHeader | undefined {
  try {
    return decodeHeader(text)
  } catch {
    return undefined
  }
}

function placeOf({ reading, leaseEndsInMs }: TaskFacts): Content & Pick<TaskRecord, 'state'> {
  switch (reading.state) {
    case 'unknown':
      throw new TypeError('an unknown task has no place')
    case 'waiting':
      return { state: 'waiting' }
    case 'delayed':
      return reading.blocked ? { state: 'delayed', blocked: true } : { state: 'delayed', dueInMs: reading.dueInMs }
    case 'running': {
      const { progress } = reading
      const reported = progress === undefined ? undefined : { progress: valueOf(progress).value }
      return { state: 'running', leaseEndsInMs, ...reported }
    }
    case 'ended': {
      const { state, endedAt, body, reason } = reading.outcome
      if (state === 'dead') return { state, endedAt, reason, error: factsOf(body) }
      if (state === 'cancelled') return { state, endedAt, reason: body }
      return body === undefined ? { state, endedAt } : { state, endedAt, result: valueOf(body).value }
    }
  }
}
