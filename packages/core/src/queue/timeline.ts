import type { TaskFacts } from '../ports/queue-admin.ts'
import type { TaskError } from './task-errors.ts'

/** Something that happened to a task, or that will, as far as it is known when. */
export interface TaskMoment {
  /** ms since 1970 by the storage's clock. */
  readonly at: number
  /**
   * `failed`: an attempt, also the last one of a task that died of it. `due`: it may run from then on; before that it
   * is delayed, or its retry is.
   */
  readonly what: 'enqueued' | 'failed' | 'due' | 'completed' | 'dead' | 'cancelled' | 'expired'
  /** failed: which attempt, from 1. */
  readonly attempt?: number | undefined
  /** failed: the message of its error; dead, cancelled: the reason. */
  readonly text?: string | undefined
}

/**
 * What is known of a task's life, in the order in which it happened, from what is stored in any case: of attempts only
 * the last that failed, and not when they began.
 */
export function timelineOf(facts: TaskFacts, errors: readonly TaskError[]): readonly TaskMoment[] {
  const { content } = facts
  const failures = errors.map(({ at, attempt, message }): TaskMoment => ({
    at,
    what: 'failed',
    attempt,
    text: message,
  }))
  if (content === undefined || content.malformed) return [...failures, ...placeOf(facts)]
  return [{ at: content.enqueuedAt, what: 'enqueued' }, ...failures, ...placeOf(facts)]
}

function placeOf({ reading, readAt }: Pick<TaskFacts, 'reading' | 'readAt'>): readonly TaskMoment[] {
  if (reading.state === 'delayed' && reading.blocked) return []
  if (reading.state === 'delayed') return [{ at: readAt + reading.dueInMs, what: 'due' }]
  if (reading.state !== 'ended') return []
  const { state, endedAt, body, reason } = reading.outcome
  const text = state === 'dead' ? reason : state === 'cancelled' ? body : undefined
  return [{ at: endedAt, what: state, ...(text === undefined ? undefined : { text }) }]
}
