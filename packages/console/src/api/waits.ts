import { MqError } from '@mq/core'
import type { Outcome, Task } from '@mq/core'
import type { FastifyReply } from 'fastify'
import { Problem } from '../problems/problem.ts'
import { abandoned } from './abandoned.ts'

/** The most requests that wait for a task at the same time. */
const MOST_WAITING = 1_000

/** Requests that wait for the end of a task. */
export class Waits {
  readonly #closing: AbortSignal
  #waiting = 0

  constructor(closing: AbortSignal) {
    this.#closing = closing
  }

  /** `pending` when it has not ended in time, and also when the storage is away: the task is known to exist. */
  async forEnd(task: Task, timeoutMs: number, reply: FastifyReply): Promise<Outcome> {
    if (this.#waiting >= MOST_WAITING) {
      throw new Problem(503, 'too-many-waiting', 'too many requests wait: ask later, or without waitMs', {
        retryAfterS: 1,
      })
    }
    this.#waiting++
    const signal = abandoned(reply, this.#closing)
    try {
      return await task.outcome({ timeoutMs, signal })
    } catch (thrown) {
      if (signal.aborted || MqError.is(thrown, 'unavailable')) return { state: 'pending' }
      throw thrown
    } finally {
      this.#waiting--
    }
  }
}
