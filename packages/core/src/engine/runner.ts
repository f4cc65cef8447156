import { isThenable } from '../values/is-thenable.ts'
import { prepareNext } from '../flows/prepare-next.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import type { Services } from '../services/services.ts'
import { taskEvents } from '../services/task-events.ts'
import { MqError } from '../errors.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import { describeError } from '../wire/error-facts.ts'
import type { Execution } from './execution.ts'
import { isLimited, isNext, isRetry, isVerdict, verdictOf } from '../handler/handler.ts'
import type { LimitedVerdict, NextVerdict, Verdict } from '../handler/handler.ts'
import type { Notes } from './notes.ts'
import { afterFailure } from './retry-policy.ts'
import { reportFailure } from './report-failure.ts'
import { runAmidEvents } from './run-events.ts'
import { TaskContext } from './task-context.ts'
import type { Desk } from './task-context.ts'
import { handOver } from '../handler/unreturned.ts'
import type { Work } from './work.ts'

export interface RunnerParts {
  readonly work: Work
  readonly services: Services
  readonly notes: Notes
  readonly flows?: FlowStore | undefined
}

/**
 * The settlement of a run; undefined when its end was decided before (it timed out, was cancelled, or lost its lease).
 */
export type Ending = Settlement | undefined

/** At once, unless a handler or a schema is asynchronous. */
type Ends = Ending | Promise<Ending>

type Step = (this: Runner, execution: Execution, value: unknown) => Ends

/**
 * Takes one task through its steps: decode → handle → judge → encode, and returns its settlement. These steps call code
 * of users (schemas, handlers) and read what it returns and throws, so each step has an outcome whatever goes wrong in
 * it.
 */
export class Runner {
  readonly #work: Work
  readonly #services: Services
  readonly #desk: Desk

  constructor({ work, services, notes, flows }: RunnerParts) {
    this.#work = work
    this.#services = services
    this.#desk = { notes, attempts: work.attempts, logger: services.logger, flows }
  }

  /** Never throws, never rejects. */
  run(execution: Execution): Ends {
    try {
      return this.#decode(execution)
    } catch (thrown) {
      return this.#wentWrong(execution, thrown)
    }
  }

  /** What follows a run that takes too long. */
  timedOut(execution: Execution, message: string): Settlement {
    return this.#failed(execution, new MqError('task-timeout', message))
  }

  #decode(execution: Execution): Ends {
    let payload: unknown
    try {
      payload = this.#work.decodePayload(execution.held.task.payload)
    } catch (thrown) {
      return this.#refusePayload(execution, thrown)
    }
    if (payload instanceof Promise) return this.#follow(execution, payload, this.#handle, this.#refusePayload)
    return this.#handle(execution, payload)
  }

  #handle(execution: Execution, payload: unknown): Ends {
    // The schema may have taken so long that the task timed out or was cancelled meanwhile.
    if (execution.over) return undefined
    let answer: unknown
    let isPending: boolean
    try {
      const context = new TaskContext(execution, this.#desk)
      answer = taskEvents.start.hasSubscribers
        ? runAmidEvents(execution, () => callTaskHandler(this.#work.handler, payload, context))
        : callTaskHandler(this.#work.handler, payload, context)
      isPending = isThenable(answer)
    } catch (thrown) {
      return this.#judgeThrown(execution, thrown)
    }
    return isPending ? this.#awaitTaskHandler(execution, answer) : this.#judge(execution, answer)
  }

  #judge(execution: Execution, value: unknown): Ends {
    handOver(value)
    if (execution.over) return undefined
    let verdict: Verdict | undefined
    try {
      verdict = verdictOf(value)
    } catch (thrown) {
      return this.#judgeThrown(execution, thrown)
    }
    return verdict === undefined ? this.#encode(execution, value) : this.#obey(execution, verdict)
  }

  #judgeThrown(execution: Execution, thrown: unknown): Ends {
    handOver(thrown)
    if (execution.over) return undefined
    const verdict = isVerdict(thrown) ? verdictOf(thrown) : undefined
    if (verdict !== undefined) return this.#obey(execution, verdict)
    if (execution.aborted?.code === 'closed') return { kind: 'release', lease: execution.held.task.lease }
    return this.#failed(execution, thrown)
  }

  #obey(execution: Execution, verdict: Verdict): Ends {
    if (isNext(verdict))
      return this.#follow(execution, this.#next(execution, verdict), completeWith as Step, this.#refuseNext)
    if (isLimited(verdict)) return notNow(execution, verdict, this.#work.holds === true)
    if (!isRetry(verdict)) return bury(execution, verdict.reason, '')
    const asked = new Error('the handler asked for a retry')
    return afterFailure(execution.held, asked, this.#work, this.#services, verdict)
  }

  /** What follows it, as it is stored. */
  #next({ id, queue }: Execution, { queue: target, payload, options }: NextVerdict): Promise<string> {
    return prepareNext({ queue: target, payload, options }, { store: this.#desk.flows, queue, id })
  }

  /** As if the handler had thrown. */
  #refuseNext(execution: Execution, thrown: unknown): Ending {
    return execution.over ? undefined : this.#failed(execution, thrown)
  }

  #encode(execution: Execution, value: unknown): Ends {
    let result: string | undefined | Promise<string | undefined>
    try {
      result = this.#work.encodeResult(value)
    } catch (thrown) {
      return this.#refuseResult(execution, thrown)
    }
    if (result instanceof Promise) return this.#follow(execution, result, complete as Step, this.#refuseResult)
    return complete(execution, result)
  }

  #refusePayload(execution: Execution, thrown: unknown): Ending {
    return this.#refuse(execution, 'invalid-payload', thrown)
  }

  #refuseResult(execution: Execution, thrown: unknown): Ending {
    return this.#refuse(execution, 'invalid-result', thrown)
  }

  #refuse(execution: Execution, reason: 'invalid-payload' | 'invalid-result', thrown: unknown): Ending {
    if (execution.over) return undefined
    reportFailure(this.#services, execution, thrown)
    return bury(execution, reason, describeError(thrown))
  }

  #failed(execution: Execution, thrown: unknown): Settlement {
    reportFailure(this.#services, execution, thrown)
    return afterFailure(execution.held, thrown, this.#work, this.#services)
  }

  /** A failure in a step itself. The defaults apply, because the fault may be in functions of the definition. */
  #wentWrong(execution: Execution, thrown: unknown): Settlement {
    reportFailure(this.#services, execution, thrown)
    const { custom: _, ...backoff } = this.#work.backoff
    return afterFailure(execution.held, thrown, { attempts: this.#work.attempts, backoff }, this.#services)
  }

  /** `isInsideHandler` knows its name. As `#follow`, whose frame would not distinguish a handler from a schema. */
  async #awaitTaskHandler(execution: Execution, answer: unknown): Promise<Ending> {
    let step: Step = this.#judge
    let value: unknown
    try {
      value = await answer
    } catch (thrown) {
      step = this.#judgeThrown
      value = thrown
    }
    return this.#guarded(execution, step, value)
  }

  /**
   * Continues with a step when `promise` ends. `await`, since the `then` of a handler's return value is a user's code.
   */
  async #follow(execution: Execution, promise: unknown, onValue: Step, onThrown: Step): Promise<Ending> {
    let step = onValue
    let value: unknown
    try {
      value = await promise
    } catch (thrown) {
      step = onThrown
      value = thrown
    }
    return this.#guarded(execution, step, value)
  }

  #guarded(execution: Execution, step: Step, value: unknown): Ends {
    try {
      return step.call(this, execution, value)
    } catch (thrown) {
      return this.#wentWrong(execution, thrown)
    }
  }
}

/** `isInsideHandler` knows its name. */
function callTaskHandler(handler: Work['handler'], payload: unknown, context: TaskContext): unknown {
  return handler(payload as never, context)
}

function complete({ held: { task, header } }: Execution, result: string | undefined): Settlement {
  return { kind: 'complete', lease: task.lease, id: header.id, result, keep: header.keep?.results }
}

/** Without a result: one that comes later, of the task that follows. */
function completeWith({ held: { task, header }, over }: Execution, next: string): Ending {
  if (over) return undefined
  return { kind: 'complete', lease: task.lease, id: header.id, keep: header.keep?.results, next }
}

function bury({ held: { task, header } }: Execution, reason: string, detail: string): Settlement {
  const charge = reason === 'invalid-result'
  return { kind: 'bury', lease: task.lease, id: header.id, reason, detail, charge }
}

/** Where nothing can be held, the task alone waits. */
function notNow({ held }: Execution, { forMs, scope }: LimitedVerdict, holds: boolean): Settlement {
  const { lease } = held.task
  return holds
    ? { kind: 'release', lease, hold: { scope, forMs } }
    : { kind: 'retry', lease, delayMs: forMs, charge: false }
}
