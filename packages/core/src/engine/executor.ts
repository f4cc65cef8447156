import type { Services } from '../services/services.ts'
import { taskEvents } from '../services/task-events.ts'
import { toError } from '../errors.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import { MOST_WAIT_MS } from './ahead.ts'
import type { Buffer } from './buffer.ts'
import { Execution } from './execution.ts'
import type { Held } from './held.ts'
import type { Notes } from './notes.ts'
import type { Pace } from './pace.ts'
import { Runner } from './runner.ts'
import type { Returns } from './returns.ts'
import { outcomeOf, publishEnd } from './run-events.ts'
import type { Loss } from './run-events.ts'
import type { Samples } from './samples.ts'
import type { Settler } from './settler.ts'
import type { Slots } from './slots.ts'
import { marked } from './suspect-mark.ts'
import type { Tally } from './tally.ts'
import type { TaskLog } from './task-log.ts'
import type { Ticker } from './ticker.ts'
import type { Work } from './work.ts'

/** Handlers that end at once would block the event loop: after this many starts it gets a turn. */
const STARTS_PER_TICK = 128
/**
 * It also gets one after this many ms of handlers that block it: events that are due meanwhile may change what has to
 * be started.
 */
const MOST_TICK_MS = 10
/**
 * A handler that ignores its abort for this long no longer counts as running; otherwise it would block its slot for
 * ever.
 */
const STUCK_AFTER_MS = 5_000

export interface ExecutorParts {
  readonly queue: string
  readonly work: Work
  readonly services: Services
  readonly buffer: Buffer
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
  #starts = STARTS_PER_TICK
  #looping = false
  /** When the first handler of this turn of the event loop began. */
  #tickAt: number | undefined

  constructor(parts: ExecutorParts) {
    this.#parts = parts
    this.#runner = new Runner(parts)
  }

  /** A new turn of the event loop. */
  tick(): void {
    this.#starts = STARTS_PER_TICK
    this.#tickAt = undefined
    this.run()
  }

  run(): void {
    if (this.#looping) return
    this.#looping = true
    try {
      this.#startSome()
    } finally {
      this.#looping = false
    }
  }

  #startSome(): void {
    const { buffer, returns, slots, ticker } = this.#parts
    while (buffer.size > 0 && slots.hasFree) {
      if (this.#starts === 0) return ticker.kick()
      const held = buffer.shift()!
      if (held.gone) continue
      this.#starts--
      const startedAt = this.start(held)
      this.#tickAt ??= startedAt
      if (startedAt - this.#tickAt > MOST_TICK_MS) this.#starts = 0
      if (startedAt - held.bufferedAt >= MOST_WAIT_MS) returns.tooLate()
    }
  }

  /** Starts a task; returns when. `amid`: other suspects are started with it. */
  start(held: Held, amid = false): number {
    const { samples, services, slots, queue } = this.#parts
    const execution = new Execution(held, queue, services.clock.now())
    slots.occupy(execution)
    held.execution = execution
    samples?.started(held, execution.startedAt - held.bufferedAt)
    if (held.task.crashes === 0) this.#begin(execution)
    else void this.#beginNoted(execution, amid)
    return execution.startedAt
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
      this.#end(execution, { kind: 'release', lease })
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
    for (const { timer } of this.#parts.slots.running) timer?.cancel()
  }

  #timeOut(execution: Execution, timeoutMs: number): void {
    if (execution.over) return
    const message = `the handler took longer than ${timeoutMs} ms`
    this.#decide(execution, this.#runner.timedOut(execution, message))
    this.#abort(execution, 'task-timeout', message)
  }

  #end(execution: Execution, settlement: Settlement | undefined): void {
    if (settlement) this.#decide(execution, settlement)
    this.#free(execution)
  }

  /** From here on whatever the handler does is ignored. */
  #decide(execution: Execution, decision: Settlement | Loss): void {
    if (execution.over) return
    execution.over = true
    execution.timer?.cancel()
    const { services, settler, tally, ticker } = this.#parts
    if (taskEvents.end.hasSubscribers) publishEnd(execution, outcomeOf(decision), services.clock.now())
    const logging = execution.log === undefined ? undefined : this.#endLog(execution.log, decision)
    if (typeof decision !== 'string') {
      tally.ran(decision)
      if (logging === undefined) settler.add(decision)
      else settler.addAfter(logging, decision, () => ticker.kick())
    }
    ticker.kick()
  }

  /** What has to end before the settlement: once it is made, no line is taken any more. */
  #endLog(log: TaskLog, decision: Settlement | Loss): Promise<void> | undefined {
    const { notes } = this.#parts
    // Of a completed task nothing is kept, and nothing is taken from a worker that lost its lease.
    if (typeof decision === 'string' || decision.kind === 'complete') {
      notes.forget(log)
      return undefined
    }
    const sending = notes.flush(log)
    // A worker that closes has no time to wait.
    return decision.kind === 'release' ? undefined : sending
  }

  #free(execution: Execution): void {
    if (execution.freed) return
    execution.freed = true
    execution.timer?.cancel()
    const { pace, samples, services, slots, ticker } = this.#parts
    slots.free(execution)
    const ms = services.clock.now() - execution.startedAt
    pace.ended(ms)
    samples?.ended(ms)
    ticker.kick()
    this.run()
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
