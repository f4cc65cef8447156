import { isThenable } from '../values/is-thenable.ts'
import type { Services } from '../services/services.ts'
import { MqError } from '../errors.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import { describeError } from '../wire/error-facts.ts'
import type { Execution } from './execution.ts'
import { isRetry, isVerdict, verdictOf } from '../handler/handler.ts'
import type { Verdict } from '../handler/handler.ts'
import type { Notes } from './notes.ts'
import { afterFailure } from './retry-policy.ts'
import { reportFailure } from './report-failure.ts'
import type { Tally } from './tally.ts'
import { TaskContext } from './task-context.ts'
import type { Desk } from './task-context.ts'
import { handOver } from '../handler/unreturned.ts'
import type { Work } from './work.ts'

export interface RunnerParts {
  readonly work: Work
  readonly services: Services
  readonly notes: Notes
  readonly tally: Tally
  /** The handler has ended: its slot is free, and its task is settled, unless that was decided before. */
  readonly end: (execution: Execution, settlement?: Settlement) => void
}

type Step = (this: Runner, execution: Execution, value: unknown) => void

/**
 * Takes one task through its steps: payload → handler → answer → settlement. All that is touched here is a user's (schemas, handlers,
 * what they answer and throw), so each step begins in `#guarded`.
 */
export class Runner {
  readonly #parts: RunnerParts
  readonly #desk: Desk

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#desk = { notes: parts.notes, logger: parts.services.logger }
  }

  run(execution: Execution): void {
    this.#guarded(execution, this.#deliver, undefined)
  }

  /** What follows a run that takes too long. */
  timedOut(execution: Execution, message: string): Settlement {
    const { work, services, tally } = this.#parts
    const error = new MqError('task-timeout', message)
    reportFailure(services, execution, error)
    const settlement = afterFailure(execution.held, error, work, services)
    tally.count(settlement)
    return settlement
  }

  #deliver(execution: Execution): void {
    const { work } = this.#parts
    let payload: unknown
    try {
      payload = work.decodePayload(execution.held.task.payload)
    } catch (thrown) {
      return this.#refusePayload(execution, thrown)
    }
    if (payload instanceof Promise) void this.#follow(execution, payload, this.#handle, this.#refusePayload)
    else this.#handle(execution, payload)
  }

  #refusePayload(execution: Execution, thrown: unknown): void {
    this.#bury(execution, 'invalid-payload', thrown)
  }

  #handle(execution: Execution, payload: unknown): void {
    // The schema may have taken so long that the task timed out or was cancelled meanwhile.
    if (execution.over) return this.#parts.end(execution)
    const { work } = this.#parts
    let answer: unknown
    let isPending: boolean
    try {
      answer = callTaskHandler(work.handler, payload, new TaskContext(execution, this.#desk))
      isPending = isThenable(answer)
    } catch (thrown) {
      return this.#threw(execution, thrown)
    }
    if (isPending) void this.#awaitTaskHandler(execution, answer)
    else this.#returned(execution, answer)
  }

  #returned(execution: Execution, value: unknown): void {
    handOver(value)
    if (execution.over) return this.#parts.end(execution)
    let verdict: Verdict | undefined
    try {
      verdict = verdictOf(value)
    } catch (thrown) {
      return this.#threw(execution, thrown)
    }
    if (verdict === undefined) this.#complete(execution, value)
    else this.#obey(execution, verdict)
  }

  #obey(execution: Execution, verdict: Verdict): void {
    if (!isRetry(verdict)) return this.#bury(execution, verdict.reason)
    const { work, services } = this.#parts
    const asked = new Error('the handler asked for a retry')
    this.#fail(execution, afterFailure(execution.held, asked, work, services, verdict))
  }

  #complete(execution: Execution, value: unknown): void {
    let result: string | undefined | Promise<string | undefined>
    try {
      result = this.#parts.work.encodeResult(value)
    } catch (thrown) {
      return this.#refuseResult(execution, thrown)
    }
    if (result instanceof Promise) void this.#follow(execution, result, this.#completed, this.#refuseResult)
    else this.#completed(execution, result)
  }

  #completed(execution: Execution, result: unknown): void {
    if (execution.over) return this.#parts.end(execution)
    const { lease } = execution.held.task
    const { id } = execution.held.header
    this.#parts.tally.completed++
    this.#parts.end(execution, { kind: 'complete', lease, id, result: result as string | undefined })
  }

  #refuseResult(execution: Execution, thrown: unknown): void {
    this.#bury(execution, 'invalid-result', thrown)
  }

  #threw(execution: Execution, thrown: unknown): void {
    handOver(thrown)
    if (execution.over) return this.#parts.end(execution)
    const { work, services } = this.#parts
    const verdict = isVerdict(thrown) ? verdictOf(thrown) : undefined
    if (verdict !== undefined) return this.#obey(execution, verdict)
    if (execution.aborted?.code === 'closed') {
      return this.#parts.end(execution, { kind: 'release', lease: execution.held.task.lease })
    }
    reportFailure(this.#parts.services, execution, thrown)
    this.#fail(execution, afterFailure(execution.held, thrown, work, services))
  }

  /** `isInsideHandler` knows its name. As `#follow`, whose frame would not distinguish a handler from a schema. */
  async #awaitTaskHandler(execution: Execution, answer: unknown): Promise<void> {
    let step = this.#returned as Step
    let value: unknown
    try {
      value = await answer
    } catch (thrown) {
      step = this.#threw as Step
      value = thrown
    }
    this.#guarded(execution, step, value)
  }

  /** Goes on with a step when `promise` ends. `await`, since the `then` of what a handler answered is a user's. */
  async #follow(execution: Execution, promise: unknown, onValue: Step, onThrown: Step): Promise<void> {
    let step = onValue
    let value: unknown
    try {
      value = await promise
    } catch (thrown) {
      step = onThrown
      value = thrown
    }
    this.#guarded(execution, step, value)
  }

  /** Every step of a run begins here, so that whatever goes wrong in one, its task is settled and its slot is free. */
  #guarded(execution: Execution, step: Step, value: unknown): void {
    try {
      step.call(this, execution, value)
    } catch (thrown) {
      const { work, services } = this.#parts
      reportFailure(services, execution, thrown)
      // By the defaults: the fault may be in the definition's own functions.
      const { custom: _, ...backoff } = work.backoff
      const rules = { attempts: work.attempts, backoff }
      this.#parts.end(execution, afterFailure(execution.held, thrown, rules, services))
    }
  }

  #fail(execution: Execution, settlement: Settlement): void {
    this.#parts.tally.count(settlement)
    this.#parts.end(execution, settlement)
  }

  #bury(execution: Execution, reason: string, error?: unknown): void {
    if (execution.over) return this.#parts.end(execution)
    if (error !== undefined) reportFailure(this.#parts.services, execution, error)
    const { task, header } = execution.held
    const detail = error === undefined ? '' : describeError(error)
    const charge = reason === 'invalid-result'
    this.#fail(execution, { kind: 'bury', lease: task.lease, id: header.id, reason, detail, charge })
  }
}

/** `isInsideHandler` knows its name. */
function callTaskHandler(handler: Work['handler'], payload: unknown, context: TaskContext): unknown {
  return handler(payload as never, context)
}
