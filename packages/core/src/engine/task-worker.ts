import { closeWhenOpen } from '../storage-calls/close-when-open.ts'
import type { Services } from '../services/services.ts'
import { checkInteger, checkOptions } from '../define/check.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import { toError } from '../errors.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { LeaseState, Settlement, TurnReply } from '../ports/queue-driver.ts'
import { Admission } from './admission.ts'
import { Buffer } from './buffer.ts'
import { Claimer } from './claimer.ts'
import { closeWorker } from './close-worker.ts'
import { BurstReport, describeForeign, describeLetters } from './burst-report.ts'
import { Executor } from './executor.ts'
import { Hearing } from './hearing.ts'
import type { Held } from './held.ts'
import { Intake } from './intake.ts'
import { Isolation } from './isolation.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { Notes } from './notes.ts'
import { Pace } from './pace.ts'
import { Settler } from './settler.ts'
import { Tally } from './tally.ts'
import { SUSPECT_AT } from './triage.ts'
import { Turns } from './turns.ts'
import type { Claim } from './turns.ts'
import { WaitGuard } from './wait-guard.ts'
import type { CloseReport, ReadyOptions, Worker, WorkerStats } from './worker.ts'
import type { ResolvedWorkerOptions, WorkerParts } from './worker-parts.ts'

/** While tasks wait in the buffer, a turn waits for half of a full load, but no more ticks than this. */
const PATIENCE_TICKS = 8

/**
 * Joins the roles: claimer → buffer → executor → settler, one turn for claim and settlement, and the lease keeper beside
 * them. What each decides is in its file; here is only who calls whom.
 */
export class TaskWorker implements Worker {
  /** Called once, when it is closed. */
  onClosed: () => void = () => undefined
  readonly queue: string
  readonly services: Services
  readonly executor: Executor
  readonly settler: Settler = new Settler()
  readonly turns: Turns
  readonly #buffer = new Buffer()
  readonly #claimer: Claimer
  readonly #keeper: LeaseKeeper
  readonly #isolation: Isolation
  readonly #intake: Intake
  readonly #wait: WaitGuard
  readonly #hearing: Hearing
  readonly #listening: Promise<Subscription | void>
  #subscription: Subscription | undefined
  #patience = 0
  readonly #tally = new Tally()
  readonly #dropped: BurstReport
  readonly #foreign: BurstReport
  #closing: Promise<CloseReport> | undefined

  constructor({ name, driver, services, work, lookWithinMs }: WorkerParts, options: ResolvedWorkerOptions) {
    const { concurrency, leaseMs } = options
    this.queue = name
    this.services = services
    this.#dropped = new BurstReport(name, services, describeLetters)
    this.#foreign = new BurstReport(name, services, describeForeign)
    const pace = new Pace(options.prefetch)
    const [buffer, settler] = [this.#buffer, this.settler]
    const kick = (): void => this.turns.kick()
    const isLive = (): boolean => this.#subscription?.live === true
    const notes = new Notes(driver, services)
    const shared = { queue: name, services, settler, tally: this.#tally }
    const onLate = (): void => {
      pace.stalled(services.clock.now())
      this.#intake.releaseBuffer()
    }
    this.executor = new Executor({ ...shared, work, concurrency, buffer, notes, pace, onLate, onChange: kick })
    this.#keeper = new LeaseKeeper(driver, services, leaseMs, (held, state) => this.#lost(held, state))
    this.#claimer = new Claimer({
      concurrency,
      leaseMs,
      lookWithinMs,
      services,
      buffer,
      executor: this.executor,
      pace,
      isLive,
      onWake: kick,
    })
    this.#isolation = new Isolation({
      services,
      concurrency,
      want: () => this.#claimer.want,
      isBusy: () => this.executor.active > 0,
      isEmpty: () => this.executor.active + buffer.size === 0 && this.settler.settled && this.turns.idle,
      releaseBuffer: () => this.#intake.releaseBuffer(),
      wake: () => {
        this.#claimer.wake()
        kick()
      },
      start: (suspect, amid) => this.executor.start(suspect, amid),
    })
    const [keeper, isolation, executor] = [this.#keeper, this.#isolation, this.executor]
    const release = (held: Held): void => this.#intake.release(held)
    const admission = new Admission({ ...shared, keeper, isolation, release })
    const onChange = (): void => {
      executor.run()
      this.#wait.watch()
      kick()
    }
    this.#intake = new Intake({ ...shared, leaseMs, buffer, keeper, isolation, admission, onChange })
    this.#wait = new WaitGuard(services.clock, buffer, onLate)
    this.#hearing = new Hearing({
      claimer: this.#claimer,
      isolation,
      intake: this.#intake,
      keeper,
      turns: () => this.turns,
      onCancelled: (held, reason) => this.#drop(held, 'task-cancelled', 'the task was cancelled', reason),
    })
    this.turns = new Turns({
      queue: name,
      driver,
      services,
      settler,
      leaseMs,
      keep: work.keep,
      isLive,
      onTick: () => this.executor.tick(),
      plan: () => this.#plan(),
      onSent: (claim) => this.#claimer.asked(claim.want),
      onReply: (...answer) => this.#receive(...answer),
      onRefused: (claim) => {
        this.#claimer.refused(claim.want)
        this.#isolation.refused(claim)
      },
      tryAgain: () => this.#claimer.wake(),
      afterOutage: () => this.#keeper.extendAll(),
    })
    this.#listening = driver
      .listen((hint) => this.#hearing.hear(hint))
      .then((subscription) => {
        this.#subscription = subscription
        // The first turn went out before hints could come: its worker may not be known as idle.
        this.#claimer.wake()
        return subscription
      })
      .catch((thrown: unknown) => services.onError(toError(thrown)))
    kick()
  }

  ready(options: ReadyOptions = {}): Promise<void> {
    return this.turns.answer(options)
  }

  async quiet(): Promise<void> {
    this.#stopClaiming()
    await this.turns.drain()
  }

  close(options: { readonly deadlineMs?: number | undefined } = {}): Promise<CloseReport> {
    options = checkOptions('close', options, ['deadlineMs'])
    this.#closing ??= this.#close(checkInteger('deadlineMs', options.deadlineMs ?? 10_000, 0, MAX_DELAY_MS))
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  stats(): WorkerStats {
    const { completed, failed, retried, buried, stale } = this.#tally
    const [running, buffered, turns] = [this.executor.active, this.#buffer.size, this.turns.count]
    return { running, buffered, completed, failed, retried, buried, stale, turns }
  }

  async #close(deadlineMs: number): Promise<CloseReport> {
    const before = this.#tally.completed
    this.#stopClaiming()
    const abandoned = await closeWorker(this, deadlineMs)
    this.#keeper.close()
    this.#wait.close()
    this.executor.close()
    this.#dropped.flush()
    this.#foreign.flush()
    await closeWhenOpen(this.#listening, this.services)
    this.onClosed()
    return { completed: this.#tally.completed - before, released: this.#tally.released, abandoned }
  }

  #stopClaiming(): void {
    this.#claimer.close()
    this.#intake.close()
    this.turns.windDown()
    this.turns.kick()
  }

  /** What the next turn shall do; undefined when there is nothing to do, or not yet. */
  #plan(): Claim | undefined {
    const want = this.#isolation.want()
    const { size } = this.settler
    if (this.turns.idle) this.#intake.noneUnderWay()
    if (want === 0 && size === 0) return this.#hearing.passOn()
    const worthwhile = this.#claimer.target / 2
    if (this.#buffer.size > 0 && want < worthwhile && size < worthwhile && this.#patience++ < PATIENCE_TICKS) {
      this.turns.kick()
      return undefined
    }
    this.#patience = 0
    if (want > 0) this.#hearing.heeded()
    const suspectFrom = this.#isolation.looking ? undefined : SUSPECT_AT
    return { want, maxBytes: this.#claimer.maxBytes, suspectFrom }
  }

  #receive(turn: number, claim: Claim, settlements: readonly Settlement[], reply: TurnReply, sentAt: number): void {
    for (const settlement of settlements) this.#keeper.release(settlement.lease)
    if (reply.stale.length > 0) this.#countStale(reply.stale.length)
    if (reply.deadDropped) this.#dropped.add(reply.deadDropped)
    if (reply.foreign) this.#foreign.add(reply.foreign)
    if (reply.paused) this.#intake.pause(turn)
    this.#isolation.answered(claim, reply.claimed.length, reply.suspects === true)
    this.#intake.take(turn, reply.claimed, sentAt)
    this.#claimer.answered(claim.want, reply.claimed.length, reply.nextDueInMs)
  }

  #lost(held: Held, state: Exclude<LeaseState, 'held'>): void {
    // Its settlement may have been committed already, and only the reply is late: the next one shows it.
    if (held.execution?.over) return
    if (state === 'cancelled') return this.#drop(held, 'task-cancelled', 'the task was cancelled')
    this.services.logger.warn({ queue: this.queue, n: held.task.n }, 'a lease was lost; the task runs elsewhere')
    this.#drop(held, 'lease-lost', 'the lease was lost: the task may run elsewhere')
  }

  #drop(held: Held, code: 'task-cancelled' | 'lease-lost', message: string, reason?: string): void {
    held.gone = true
    if (held.execution && !held.execution.over) this.executor.drop(held.execution, code, message, reason)
    this.turns.kick()
  }

  #countStale(count: number): void {
    this.#tally.stale += count
    this.services.logger.warn({ queue: this.queue, count }, 'settlements refused: their leases were lost')
  }
}
