import type { Services } from '../services/services.ts'
import { taskEvents } from '../services/task-events.ts'
import { MqError, toError } from '../errors.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import type { Batches } from './batches.ts'
import type { Buffer } from './buffer.ts'
import { Execution } from './execution.ts'
import type { Gathering } from './gathering.ts'
import type { Held } from './held.ts'
import type { Notes } from './notes.ts'
import type { Pace } from './pace.ts'
import { reportFailure } from './report-failure.ts'
import { Runner } from './runner.ts'
import type { Returns } from './returns.ts'
import { outcomeOf, publishEnd } from './run-events.ts'
import type { Loss } from './run-events.ts'
import type { Samples } from './samples.ts'
import type { Settler } from './settler.ts'
import type { Slots } from './slots.ts'
import { Starter } from './starter.ts'
import { laterUncharged, marked, setMark } from './suspect-mark.ts'
import type { Tally } from './tally.ts'
import type { Ticker } from './ticker.ts'
import type { Work } from './work.ts'

/**
 * A handler that ignores its abort for this long no longer counts as running; otherwise it would block its slot for
 * ever.
 */
const STUCK_AFTER_MS = 5_000

export interface ExecutorParts {
  readonly queue: string
  readonly work: Work
  readonly services: Services
  readonly flows?: FlowStore | undefined
  readonly buffer: Buffer
  /** Where handlers get batches. */
  readonly batches: Batches | undefined
  readonly gathering: Gathering | undefined
  readonly settler: Settler
  readonly notes: Notes
  readonly pace: Pace
  readonly tally: Tally
  readonly returns: Returns
  readonly samples?: Samples | undefined
  readonly slots: Slots
  readonly ticker: Ticker
}

/** Starts handlers, one for each slot, and decides whether their outcome counts. */
export class Executor {
  readonly #parts: ExecutorParts
  readonly #runner: Runner
  /** Moves tasks from the buffer into free slots. */
  readonly starter: Starter

  constructor(parts: ExecutorParts) {
    this.#parts = parts
    this.#runner = new Runner(parts)
    const [start, startBatch] = [this.#start.bind(this), this.#startBatch.bind(this)]
    this.starter = new Starter({ ...parts, start, startBatch })
  }

  /** Starts suspects, for which there are slots. */
  startSuspects(all: readonly Held[]): void {
    const amid = all.length > 1
    const { batches } = this.#parts
    if (batches === undefined) for (const suspect of all) this.#start(suspect, amid)
    else for (const some of batches.portionsOf(all)) this.#startBatch(some, amid)
  }

  /** Returns when. `amid`: other suspects are started with it. */
  #start(held: Held, amid = false): number {
    const execution = new Execution(held, this.#parts.queue, this.#parts.services.clock.now())
    this.#enter(held, execution)
    this.#go(execution, amid)
    return execution.startedAt
  }

  #startBatch(all: readonly Held[], amid = false): number {
    const { batches, queue, services } = this.#parts
    const now = services.clock.now()
    const executions = all.map((held) => new Execution(held, queue, now))
    batches!.begin(executions, { queue, services, setApart: (some, error) => this.#setApart(some, error) })
    executions.forEach((execution, i) => this.#enter(all[i]!, execution))
    // One that ends at once does not free the slot of the others.
    for (const execution of executions) this.#go(execution, amid)
    return now
  }

  #enter(held: Held, execution: Execution): void {
    const { samples, slots } = this.#parts
    slots.occupy(execution)
    held.execution = execution
    samples?.started(held, execution.startedAt - held.bufferedAt)
  }

  #go(execution: Execution, amid: boolean): void {
    if (execution.held.task.crashes === 0) this.#begin(execution)
    else void this.#beginNoted(execution, amid)
  }

  #begin(execution: Execution): void {
    const { work, services } = this.#parts
    const timeoutMs = execution.held.header.timeoutMs ?? work.timeoutMs
    if (timeoutMs !== undefined) {
      execution.timer = services.clock.schedule(() => this.#timeOut(execution, timeoutMs), timeoutMs)
    }
    const ending = this.#runner.run(execution)
    if (ending instanceof Promise) void ending.then((settlement) => this.#end(execution, settlement))
    else this.#end(execution, ending)
  }

  /**
   * It lost a worker before: the storage has to know that it starts, or the next lost lease could not be charged to it.
   */
  async #beginNoted(execution: Execution, amid: boolean): Promise<void> {
    const { notes, services, queue } = this.#parts
    const { held } = execution
    const { lease, n } = held.task
    if (amid) held.memo = marked(held)
    const note = amid ? ({ kind: 'memo', body: held.memo! } as const) : ({ kind: 'start', body: '' } as const)
    try {
      const isHeld = await notes.begins({ lease, ...note })
      if (execution.over) this.#free(execution)
      else if (isHeld) this.#begin(execution)
      else this.#end(execution, { kind: 'release', lease })
    } catch (thrown) {
      services.logger.warn({ queue, n, err: toError(thrown) }, 'a task was released: its start could not be stored')
      this.#end(execution, laterUncharged(lease))
    }
  }

  /** Its lease ended: nothing will be settled for it, and its handler is aborted. */
  drop(held: Held, code: 'task-cancelled' | 'lease-lost', message: string, reason?: string): void {
    held.gone = true
    const { execution } = held
    if (execution !== undefined && !execution.over) {
      this.#decide(execution, code === 'lease-lost' ? code : 'cancelled')
      this.#abort(execution, code, message, reason === undefined ? undefined : { reason })
    }
    this.#parts.ticker.kick()
  }

  /** Aborts the signals of all running handlers, because their worker ends. */
  hurry(): void {
    for (const execution of this.#parts.slots.running) execution.abort('closed', 'the worker is closing')
  }

  /**
   * Releases, uncharged, the tasks that still run: their handlers may continue, but their leases end. Returns the ids.
   */
  abandon(): readonly string[] {
    const left = [...this.#parts.slots.running].filter(({ over }) => !over)
    for (const execution of left) this.#decide(execution, { kind: 'release', lease: execution.held.task.lease })
    return left.map(({ id }) => id)
  }

  /** Stops waiting for handlers that ignored their abort. */
  close(): void {
    this.starter.close()
    for (const { timer } of this.#parts.slots.running) timer?.cancel()
  }

  #timeOut(execution: Execution, timeoutMs: number): void {
    if (execution.over) return
    const message = `the handler took longer than ${timeoutMs} ms`
    if (execution.batch?.failsApart) this.#setApart([execution], new MqError('task-timeout', message))
    else this.#decide(execution, this.#runner.timedOut(execution, message))
    this.#abort(execution, 'task-timeout', message)
  }

  /**
   * The batch of these tasks failed, and nobody knows for which: none is charged, and each is given back, with a note
   * that it is to run in a batch of its own.
   */
  #setApart(executions: readonly Execution[], error: Error): void {
    const { notes, services } = this.#parts
    for (const execution of executions) {
      if (execution.over) continue
      reportFailure(services, execution, error)
      const { lease } = execution.held.task
      this.#decide(execution, { kind: 'release', lease }, setMark(execution, notes, services.logger))
    }
  }

  #end(execution: Execution, settlement: Settlement | undefined): void {
    if (settlement) this.#decide(execution, settlement)
    this.#free(execution)
  }

  /**
   * From here on whatever the handler does is ignored. `noted`: what has to be stored before it is settled, and how it
   * is settled otherwise, where that failed.
   */
  #decide(execution: Execution, decision: Settlement | Loss, noted?: Promise<Settlement | void>): void {
    if (execution.over) return
    execution.over = true
    execution.timer?.cancel()
    const { services, settler, tally, ticker } = this.#parts
    if (taskEvents.end.hasSubscribers) publishEnd(execution, outcomeOf(decision), services.clock.now())
    const before = this.#before(execution, decision, noted)
    if (typeof decision !== 'string') {
      tally.ran(decision)
      if (before === undefined) settler.add(decision)
      else settler.addAfter(before, decision, () => ticker.kick())
    }
    ticker.kick()
  }

  /** What has to be stored first. A worker that closes has no time to wait for lines of a log. */
  #before(
    { log }: Execution,
    decision: Settlement | Loss,
    noted?: Promise<Settlement | void>,
  ): Promise<Settlement | void> | undefined {
    const isOver = typeof decision === 'string' || decision.kind === 'complete'
    const logged = log === undefined ? undefined : this.#parts.notes.ended(log, isOver)
    if (noted !== undefined) return Promise.all([noted, logged]).then(([instead]) => instead)
    return isOver || decision.kind === 'release' ? undefined : logged
  }

  #free(execution: Execution): void {
    if (execution.freed) return
    execution.freed = true
    execution.timer?.cancel()
    const { batches, pace, samples, services, slots, ticker } = this.#parts
    slots.free(execution)
    batches?.left(execution)
    const ms = services.clock.now() - execution.startedAt
    pace.ended(ms)
    samples?.ended(ms)
    ticker.kick()
    this.starter.run()
  }

  #abort(
    execution: Execution,
    code: 'task-timeout' | 'task-cancelled' | 'lease-lost',
    message: string,
    details?: object,
  ): void {
    execution.abort(code, message, { ...details })
    const { clock, logger } = this.#parts.services
    execution.timer = clock.schedule(() => {
      logger.warn(
        { queue: this.#parts.queue, id: execution.id, code },
        'a handler ignores its abort signal: it still runs, and its slot is free for another task',
      )
      this.#free(execution)
    }, STUCK_AFTER_MS)
  }
}
