import type { Services } from '../services/services.ts'
import { toError } from '../errors.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import { AHEAD_MS, MOST_WAIT_MS } from './ahead.ts'
import type { Buffer } from './buffer.ts'
import { Execution } from './execution.ts'
import type { Held } from './held.ts'
import type { Notes } from './notes.ts'
import type { Pace } from './pace.ts'
import { Runner } from './runner.ts'
import type { WatchedWorker } from '../services/self-waits.ts'
import type { Settler } from './settler.ts'
import type { Tally } from './tally.ts'
import { marked } from './suspect-mark.ts'
import { endRun, join, leave } from '../handler/unreturned.ts'
import type { Crew } from '../handler/unreturned.ts'
import type { Work } from './work.ts'

/** Handlers that end at once would keep the event loop for themselves: after so many starts it gets a turn. */
const STARTS_PER_TICK = 128
/** And after so many ms, where handlers keep it for themselves: what is due meanwhile may change what is to be started. */
const MOST_TICK_MS = 10
/** A handler that ignores its abort for this long no longer counts as running, or it would block its worker for ever. */
const STUCK_AFTER_MS = 5_000

export interface ExecutorParts {
  readonly queue: string
  readonly work: Work
  readonly concurrency: number
  readonly services: Services
  readonly buffer: Buffer
  readonly settler: Settler
  readonly notes: Notes
  readonly pace: Pace
  readonly tally: Tally
  /** A task was begun long after it was claimed. */
  readonly onLate: () => void
  /** Something ended or waits for the next tick. */
  readonly onChange: () => void
}

/** Gives tasks to handlers, at most `concurrency` at once, and says what of them counts. */
export class Executor implements Crew, WatchedWorker {
  readonly #parts: ExecutorParts
  readonly #runner: Runner
  readonly #running = new Set<Execution>()
  #occupied = 0
  #starts = STARTS_PER_TICK
  #looping = false
  #onIdle: (() => void)[] = []
  /** When the first handler of this tick began. */
  #tickAt: number | undefined
  #longRunning = 0
  /** Changes with each handler that begins or ends. */
  moves = 0
  #countedAt = Number.NEGATIVE_INFINITY

  constructor(parts: ExecutorParts) {
    this.#parts = parts
    join(this)
    parts.services.selfWaits.add(this)
    this.#runner = new Runner(parts)
  }

  get queue(): string {
    return this.#parts.queue
  }

  get concurrency(): number {
    return this.#parts.concurrency
  }

  get services(): Services {
    return this.#parts.services
  }

  get oldestRun(): number | undefined {
    for (const { run } of this.#running) return run
    return undefined
  }

  /** Nothing will be run any more. */
  close(): void {
    leave(this)
    this.#parts.services.selfWaits.remove(this)
  }

  /** Handlers that count as running. */
  get active(): number {
    return this.#occupied
  }

  /** Handlers that run for longer than what is held ahead is meant to last: their slots do not come free soon. */
  get longRunning(): number {
    const now = this.#parts.services.clock.now()
    if (now - this.#countedAt < AHEAD_MS / 2) return Math.min(this.#longRunning, this.#occupied)
    this.#countedAt = now
    this.#longRunning = 0
    for (const { startedAt } of this.#running) {
      if (now - startedAt <= AHEAD_MS) break
      this.#longRunning++
    }
    return this.#longRunning
  }

  get running(): Iterable<Execution> {
    return this.#running
  }

  /** Resolves when no handler counts as running. */
  async idle(): Promise<void> {
    while (this.#occupied > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve))
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
    const { buffer, concurrency, onChange, onLate } = this.#parts
    while (this.#occupied < concurrency && buffer.size > 0) {
      if (this.#starts === 0) return onChange()
      const held = buffer.shift()!
      if (held.gone) continue
      this.#starts--
      const startedAt = this.start(held)
      this.#tickAt ??= startedAt
      if (startedAt - this.#tickAt > MOST_TICK_MS) this.#starts = 0
      if (startedAt - held.bufferedAt >= MOST_WAIT_MS) onLate()
    }
  }

  /** Answers when. `amid`: others that may kill this process are started with it. */
  start(held: Held, amid = false): number {
    const { services, queue } = this.#parts
    const execution = new Execution(held, queue, services.clock.now())
    this.#occupied++
    this.moves++
    this.#running.add(execution)
    held.execution = execution
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

  /** It lost a worker already: the storage has to know that it starts, or it could not be charged with the next. */
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
      services.logger.warn({ queue, n, err: toError(thrown) }, 'given back: its start could not be noted')
      this.#end(execution, { kind: 'release', lease })
    }
  }

  /** The work is no longer wanted, and nothing will be settled for it. */
  drop(execution: Execution, code: 'task-cancelled' | 'lease-lost', message: string, reason?: string): void {
    this.#decide(execution, undefined)
    this.#abort(execution, code, message, reason === undefined ? undefined : { reason })
  }

  /** Given back uncharged; its handler may still run, but its lease does not. */
  giveBack(execution: Execution): void {
    this.#decide(execution, { kind: 'release', lease: execution.held.task.lease })
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

  /** From here on the handler's doing counts for nothing. */
  #decide(execution: Execution, settlement: Settlement | undefined): void {
    if (execution.over) return
    execution.over = true
    execution.timer?.cancel()
    const { settler, tally, onChange } = this.#parts
    if (settlement) {
      tally.count(settlement)
      settler.add(settlement)
    }
    onChange()
  }

  #free(execution: Execution): void {
    if (execution.freed) return
    execution.freed = true
    execution.timer?.cancel()
    this.#occupied--
    this.moves++
    this.#running.delete(execution)
    endRun()
    const { pace, services } = this.#parts
    pace.ended(services.clock.now() - execution.startedAt)
    this.#parts.onChange()
    this.run()
    if (this.#occupied === 0 && this.#onIdle.length > 0) for (const wake of this.#onIdle.splice(0)) wake()
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
        'a handler ignores its abort; it runs on, unwatched',
      )
      this.#free(execution)
    }, STUCK_AFTER_MS)
  }
}
