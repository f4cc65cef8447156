import type { Services } from '../services/services.ts'
import { toError } from '../errors.ts'
import { adoptRejection } from '../values/adopt-rejection.ts'
import { checkInteger, checkOptions } from '../define/check.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import { onAbort } from '../waiting/on-abort.ts'
import { Answers } from './answers.ts'
import { Buffer } from './buffer.ts'
import { checkConcurrency } from './check-concurrency.ts'
import { Claimer } from './claimer.ts'
import { closeWorker, LAST_CALL_MS } from './close-worker.ts'
import { Executor } from './executor.ts'
import { Gate } from './gate.ts'
import { Gathering } from './gathering.ts'
import { Grants } from './grants.ts'
import { Hearing } from './hearing.ts'
import { Isolation } from './isolation.ts'
import { Lanes, closed } from './lanes.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { Listening } from './listening.ts'
import { Notes } from './notes.ts'
import { PassOn } from './pass-on.ts'
import { Pace } from './pace.ts'
import { Refusals } from './refusals.ts'
import { Relayer } from './relayer.ts'
import { Returns } from './returns.ts'
import { Samples } from './samples.ts'
import { Settler } from './settler.ts'
import { Slots } from './slots.ts'
import { isMarked } from './suspect-mark.ts'
import { Tally } from './tally.ts'
import { Ticker } from './ticker.ts'
import { TurnLoop } from './turn-loop.ts'
import { TurnReports } from './turn-reports.ts'
import { WaitGuard } from './wait-guard.ts'
import type { CloseReport, ReadyOptions, WorkerStats } from './worker.ts'
import type { BegunWorker, ResolvedWorkerOptions, WorkerFacts, WorkerParts } from './worker-parts.ts'

/**
 * The life of a worker: makes its roles, starts them, and ends them. Each role gets the roles that it uses, so they are
 * made in the order of their dependencies. How a task passes through them is in `TurnLoop`.
 */
export class TaskWorker implements BegunWorker {
  readonly queue: string
  readonly #services: Services
  readonly #driver: WorkerParts['driver']
  readonly #begunAt: number
  readonly #ticker = new Ticker()
  readonly #tally = new Tally()
  readonly #buffer: Buffer
  readonly #settler = new Settler()
  readonly #executor: Executor
  readonly #returns: Returns
  readonly #slots: Slots
  readonly #batchSize: number | undefined
  readonly #keeper: LeaseKeeper
  readonly #listening: Listening
  readonly #claimer: Claimer
  readonly #lanes: Lanes
  readonly #answers: Answers
  readonly #gate: Gate
  readonly #wait: WaitGuard
  readonly #relayer: Relayer
  readonly #reports: TurnReports
  readonly #samples: Samples | undefined
  readonly #onStop: ResolvedWorkerOptions['onStop']
  readonly #onEnd: readonly (() => void)[]
  /** How many tasks were released before `quiet`. */
  #releasedBefore: number | undefined
  #closing: Promise<CloseReport> | undefined

  constructor(
    { name: queue, driver, services, work, flows, lookWithinMs, begun }: WorkerParts,
    options: ResolvedWorkerOptions,
  ) {
    const { concurrency, leaseMs, prefetch, onStop, signal, batches } = options
    const [ticker, tally, settler] = [this.#ticker, this.#tally, this.#settler]
    const rules = batches?.rules
    const buffer = new Buffer(rules?.retriesAlone ? isMarked : undefined)
    const pace = new Pace(prefetch)
    const notes = new Notes(driver, services)
    const listening = new Listening(driver, services)
    const refusals = new Refusals(queue, services)
    const reports = new TurnReports({ queue, services, tally, limits: work.limits })
    const returns = new Returns({ services, buffer, pace, settler, tally, ticker })
    const wait = new WaitGuard({ services, buffer, returns, gatherMs: rules?.waitMs ?? 0 })
    const slots = new Slots({ queue, concurrency, services, size: rules?.size ?? 1 })
    const gathering = rules && new Gathering({ services, rules, buffer, ticker })
    const store = driver.sample?.bind(driver)
    const samples = store && new Samples({ queue, services, store })
    const run = { queue, services, work, flows, notes, samples }
    const relayer = new Relayer({ queue, services, store: flows })
    const executor = new Executor({ ...run, buffer, batches, gathering, pace, returns, settler, slots, tally, ticker })
    const keeper = new LeaseKeeper({ queue, driver, services, leaseMs, executor })
    const looks = { services, leaseMs, lookWithinMs }
    const claimer = new Claimer({ ...looks, buffer, listening, pace, slots, ticker })
    const grants = new Grants({ services, leaseMs, listening, slots })
    const storage = { queue, driver, services, leaseMs, keep: work.keep, outcomes: work.outcomes, limits: work.limits }
    const lanes = new Lanes({ ...storage, grants, keeper, listening, refusals, settler, ticker })
    const answers = new Answers({ services, claimer, lanes, refusals, ticker })
    const around = { buffer, claimer, executor, lanes, settler, slots }
    const isolation = new Isolation({ services, ...around, returns, ticker })
    const gate = new Gate({ isolation, returns })
    const passOn = new PassOn({ claimer, isolation })
    const loop = new TurnLoop({
      queue,
      services,
      leaseMs,
      answers,
      buffer,
      claimer,
      executor,
      gate,
      grants,
      isolation,
      keeper,
      lanes,
      passOn,
      refusals,
      relayer,
      reports,
      returns,
      settler,
      tally,
      ticker,
      wait,
    })
    const hearing = new Hearing({ claimer, executor, gate, keeper, lanes, loop, passOn, ticker })
    this.queue = queue
    this.#services = services
    this.#driver = driver
    this.#begunAt = services.clock.now()
    this.#buffer = buffer
    this.#executor = executor
    this.#returns = returns
    this.#slots = slots
    this.#batchSize = rules?.size
    this.#keeper = keeper
    this.#listening = listening
    this.#claimer = claimer
    this.#lanes = lanes
    this.#answers = answers
    this.#gate = gate
    this.#wait = wait
    this.#relayer = relayer
    this.#reports = reports
    this.#samples = samples
    this.#onStop = onStop
    listening.start(hearing)
    ticker.start(loop)
    const close = (): void => this.#closeByItself()
    this.#onEnd = [begun(this), onAbort(signal, close)]
    if (signal?.aborted) close()
  }

  get concurrency(): number {
    return this.#slots.concurrency
  }

  set concurrency(concurrency: number) {
    const before = this.#slots.concurrency
    this.#slots.concurrency = checkConcurrency(concurrency, this.#slots.size)
    // Held ahead for slots that are no more: another worker may have one.
    if (concurrency < before) this.#returns.releaseBuffer()
    this.#ticker.kick()
  }

  ready(options: ReadyOptions = {}): Promise<void> {
    return this.#answers.wait(options)
  }

  async quiet(): Promise<void> {
    this.#stopClaiming()
    await this.#lanes.drain()
  }

  resume(): void {
    if (this.#closing !== undefined) throw closed()
    this.#releasedBefore = undefined
    this.#gate.reopen()
    this.#lanes.resume()
    this.#claimer.reopen()
  }

  close(options: { readonly deadlineMs?: number | undefined } = {}): Promise<CloseReport> {
    options = checkOptions('close', options, ['deadlineMs'])
    this.#closing ??= this.#close(checkInteger('deadlineMs', options.deadlineMs ?? 10_000, 0, MAX_DELAY_MS))
    return this.#closing
  }

  stop(by: string | undefined): void {
    if (this.#closing !== undefined) return
    const { logger, onError } = this.#services
    logger.warn({ queue: this.queue, worker: this.#lanes.worker, by }, 'this worker was stopped by another process')
    const surface = (thrown: unknown): void => onError(toError(thrown))
    try {
      adoptRejection(this.#onStop?.({ by }), surface)
    } catch (thrown) {
      surface(thrown)
    }
    this.#closeByItself()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  stats(): WorkerStats {
    const { completed, failed, retried, buried, stale } = this.#tally
    const [running, buffered, turns] = [this.#slots.active, this.#buffer.size, this.#lanes.count]
    return { running, buffered, completed, failed, retried, buried, stale, turns }
  }

  facts(): WorkerFacts {
    const { taken: running, concurrency } = this.#slots
    const state = this.#gate.quiet ? 'quiet' : this.#gate.paused ? 'paused' : 'working'
    const aliveMs = Math.round(this.#services.clock.now() - this.#begunAt)
    const batchSize = this.#batchSize
    return { id: this.#lanes.worker, name: this.queue, concurrency, batchSize, running, state, aliveMs }
  }

  tick(): void {
    this.#samples?.tick()
  }

  #closeByItself(): void {
    void this.close().catch(this.#services.onError)
  }

  async #close(deadlineMs: number): Promise<CloseReport> {
    const completedBefore = this.#tally.completed
    const releasedBefore = this.#stopClaiming()
    const [queue, services, driver] = [this.queue, this.#services, this.#driver]
    const [executor, lanes, settler, slots] = [this.#executor, this.#lanes, this.#settler, this.#slots]
    const abandoned = await closeWorker({ queue, services, driver, executor, lanes, settler, slots }, deadlineMs)
    await this.#relayer.close(LAST_CALL_MS)
    this.#keeper.close()
    this.#wait.close()
    this.#executor.close()
    this.#slots.close()
    this.#reports.flush()
    this.#samples?.close()
    await this.#listening.close()
    for (const end of this.#onEnd) end()
    const { completed, released } = this.#tally
    return { completed: completed - completedBefore, released: released - releasedBefore, abandoned }
  }

  /** Returns how many tasks were released before. */
  #stopClaiming(): number {
    const before = (this.#releasedBefore ??= this.#tally.released)
    this.#claimer.close()
    this.#gate.close()
    this.#answers.refused(closed())
    this.#lanes.windDown()
    return before
  }
}
