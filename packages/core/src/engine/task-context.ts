import { derivedId, formerId } from '../flows/derived-id.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import { parentsOf } from '../flows/parents.ts'
import { encode } from '../wire/codec.ts'
import { checkText, invalidOption, show } from '../define/check-call.ts'
import { MqError } from '../errors.ts'
import { withFields } from '../logger.ts'
import type { Logger } from '../logger.ts'
import type { Execution } from './execution.ts'
import type { Context } from '../handler/handler.ts'
import { Memos } from './memos.ts'
import type { Notes } from './notes.ts'
import { TaskLog } from './task-log.ts'

const MAX_PROGRESS_CHARACTERS = 65_536

/** What the contexts of a worker share. */
export interface Desk {
  readonly notes: Notes
  /** Where a task has no number of its own. */
  readonly attempts: number
  readonly logger: Logger
  /** Undefined in a group. */
  readonly flows?: FlowStore | undefined
}

/**
 * What a handler gets of its run. It is a separate object, since a handler may freeze it, write to it or keep it; none
 * of that affects what the worker relies on.
 */
export class TaskContext implements Context {
  readonly #execution: Execution
  readonly #desk: Desk

  constructor(execution: Execution, desk: Desk) {
    this.#execution = execution
    this.#desk = desk
  }

  get queue(): string {
    return this.#execution.queue
  }

  get id(): string {
    return this.#execution.id
  }

  get attempt(): number {
    return this.#execution.attempt
  }

  get attempts(): number {
    return this.#execution.held.header.attempts ?? this.#desk.attempts
  }

  get fence(): number {
    return this.#execution.held.task.fence
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#execution.held.header.headers ?? {}
  }

  get enqueuedAt(): number {
    return this.#execution.held.task.enqueuedAt
  }

  get signal(): AbortSignal {
    return this.#execution.signal
  }

  get logger(): Logger {
    return withFields(this.#desk.logger, { queue: this.queue, id: this.id, attempt: this.attempt })
  }

  /**
   * Made when it is read, as `log` and `once` are: a handler may take the function out of its context, and most need
   * none.
   */
  get progress(): Context['progress'] {
    return (value) => {
      const body = encode(value, 'invalid-payload', 'the progress')
      if (body.length > MAX_PROGRESS_CHARACTERS) {
        throw new MqError('payload-too-large', 'a progress report is too large')
      }
      if (!this.#execution.over) this.#desk.notes.report(this.#execution.held.task.lease, body)
    }
  }

  get log(): Context['log'] {
    return (line) => {
      const execution = this.#execution
      if (execution.over) return
      execution.log ??= new TaskLog(execution.held.task.lease)
      execution.log.add(line)
      this.#desk.notes.logged(execution.log)
    }
  }

  get parents(): Context['parents'] {
    return async () => {
      const { flows } = this.#desk
      return flows === undefined ? [] : parentsOf(flows, this.queue, this.#execution.held.task.n)
    }
  }

  get enqueue(): Context['enqueue'] {
    return async (queue, payload, { label, ...options } = {}) => {
      const execution = this.#execution
      if (execution.over) throw new MqError('lease-lost', 'the run has ended: enqueue() adds no further task')
      const own = label === undefined ? execution.enqueued++ : checkLabel(label)
      const former = await formerId(this.queue, this.id, own)
      // An earlier run, by an older version, enqueued it.
      if (former !== undefined && (await this.#desk.flows?.isKnown(queue, former))) return queue.task(former)
      const id = await derivedId(this.queue, this.id, own)
      try {
        return await queue.enqueue(payload, { ...options, id })
      } catch (error) {
        // An earlier run enqueued it, with another payload.
        if (MqError.is(error, 'id-conflict')) return queue.task(id)
        throw error
      }
    }
  }

  get once(): Context['once'] {
    return (key, act) => {
      // Another run may do the step by now, and its result could not be stored.
      if (this.#execution.over) {
        return Promise.reject(new MqError('lease-lost', 'the run has ended: once() does no further step'))
      }
      const execution = this.#execution
      const { memo, task } = execution.held
      execution.memos ??= new Memos({ lease: task.lease, stored: memo, notes: this.#desk.notes })
      return execution.memos.once(key, act)
    }
  }
}

/** Ids of tasks without a label end with a number, that of what `next` enqueues with that word. */
function checkLabel(label: string): string {
  checkText('label', label, 1, 64)
  if (/^(?:\d+|next)$/.test(label)) {
    throw invalidOption(
      'label',
      `label must not be a number or 'next', as those of tasks without one are: ${show(label)}`,
      label,
    )
  }
  return label
}
