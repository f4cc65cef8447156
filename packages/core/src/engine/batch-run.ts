import type { Services } from '../services/services.ts'
import { MqError, toError } from '../errors.ts'
import type { Batch } from '../handler/batch-handler.ts'
import type { Context } from '../handler/handler.ts'
import { isVerdict } from '../handler/handler.ts'
import { withFields } from '../logger.ts'
import { answered, answersOf } from './batch-answers.ts'
import type { BatchRules } from './batch-rules.ts'
import type { Execution, RunningBatch } from './execution.ts'

export interface BatchRunParts {
  readonly queue: string
  readonly services: Services
  readonly rules: Pick<BatchRules, 'handler' | 'retriesAlone'>
  /** Gives these tasks back for that, since their batch failed so. */
  readonly setApart: (executions: readonly Execution[], error: Error) => void
}

/** A task that came through its middleware, and awaits its part of the answers. */
interface Seat {
  readonly execution: Execution
  readonly payload: unknown
  readonly context: Context
  readonly resolve: (answer: unknown) => void
  readonly reject: (thrown: unknown) => void
}

/**
 * One call of a batch handler. Each of its tasks is run as any other (its payload decoded, its middleware called, its
 * answer judged); what would be the call of its handler takes a seat here. When nobody is missing any more, the batch
 * handler is called with those that sit and are still wanted, and each seat gets its part of the answers.
 */
export class BatchRun implements RunningBatch {
  open = 0
  readonly #parts: BatchRunParts
  readonly #executions: readonly Execution[]
  readonly #seats = new Map<Execution, Seat>()
  readonly #missing: Set<Execution>
  #full: () => void = () => undefined
  /** Of those that were called: whose answers are wanted. */
  readonly #wanted = new Set<Execution>()
  #controller: AbortController | undefined
  #reason: MqError | undefined
  #reported: Error | undefined

  constructor(parts: BatchRunParts, executions: readonly Execution[]) {
    this.#parts = parts
    this.#executions = executions
    this.#missing = new Set(executions)
    // Begun here, so that the handler does not run in the asynchronous context of the last task that comes.
    void this.#awaitTaskHandler(new Promise<void>((resolve) => (this.#full = resolve)))
  }

  get size(): number {
    return this.#executions.length
  }

  /** A batch of one is its task. */
  get failsApart(): boolean {
    return this.#parts.rules.retriesAlone && this.size > 1
  }

  sit(execution: Execution, payload: unknown, context: Context): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#seats.set(execution, { execution, payload, context, resolve, reject })
      this.#came(execution)
    })
  }

  left(execution: Execution): void {
    this.#wanted.delete(execution)
    this.#came(execution)
  }

  aborted(execution: Execution, reason: MqError): void {
    if (!this.#wanted.delete(execution) || this.#wanted.size > 0) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }

  isNews(error: Error): boolean {
    const last = this.#reported
    this.#reported = error
    return error !== last && !(MqError.is(error, 'task-timeout') && MqError.is(last, 'task-timeout'))
  }

  #came(execution: Execution): void {
    if (this.#missing.delete(execution) && this.#missing.size === 0) this.#full()
  }

  /** `isInsideHandler` knows its name. Never rejects. */
  async #awaitTaskHandler(full: Promise<void>): Promise<void> {
    await full
    const seats: Seat[] = []
    for (const execution of this.#executions) {
      const seat = this.#seats.get(execution)
      if (seat !== undefined && !execution.over) seats.push(seat)
      // What becomes of it is decided.
      else seat?.resolve(undefined)
    }
    if (seats.length === 0) return
    try {
      this.#want(seats)
      const payloads = seats.map(({ payload }) => payload)
      const answer: unknown = await this.#parts.rules.handler(payloads as never[], this.#batchOf(seats))
      const answers = answersOf(
        answer,
        seats.map(({ execution }) => execution.id),
      )
      seats.forEach(({ resolve }, i) => resolve(answered(answers[i])))
    } catch (thrown) {
      this.#failed(seats, thrown)
    }
  }

  #want(seats: readonly Seat[]): void {
    for (const { execution } of seats) if (execution.aborted === undefined) this.#wanted.add(execution)
    if (this.#wanted.size === 0) this.#reason = seats[0]!.execution.aborted
  }

  #failed(seats: readonly Seat[], thrown: unknown): void {
    if (this.failsApart && !isVerdict(thrown)) {
      const error = toError(thrown)
      const wanted = seats.map(({ execution }) => execution).filter(({ aborted }) => aborted?.code !== 'closed')
      this.#parts.setApart(wanted, error)
    }
    for (const { reject } of seats) reject(thrown)
  }

  #batchOf(seats: readonly Seat[]): Batch {
    const { queue, services } = this.#parts
    const signal = (): AbortSignal => this.#signal()
    return {
      queue,
      tasks: seats.map(({ context }) => context),
      get signal() {
        return signal()
      },
      logger: withFields(services.logger, { queue, tasks: seats.length }),
    }
  }

  /** Made only when a handler asks for it. */
  #signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }
}
