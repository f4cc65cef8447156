import type { Clock } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import { checkCommand, checkEndedLanes, checkExtend, checkRead, checkTurn } from '../ports/check-arguments.ts'
import { checkNotes } from '../ports/check-notes.ts'
import type { FlowDriver } from '../ports/flows.ts'
import type { Hint } from '../ports/hint.ts'
import type { HistoryPage, HistoryQuery, WorkSample } from '../ports/history.ts'
import type { Note } from '../ports/note.ts'
import type {
  CommandReply,
  DeadTask,
  ListQuery,
  QueueAdmin,
  QueueCommand,
  QueueStats,
  TaskFacts,
  TaskReading,
  TaskRef,
} from '../ports/queue-admin.ts'
import type {
  EndedLane,
  EnqueueBatch,
  LeaseState,
  QueueDriver,
  Receipt,
  Turn,
  TurnReply,
} from '../ports/queue-driver.ts'
import type { KeyPage, KeysQuery, LimitsChange, StoredLimits } from '../ports/queue-limits.ts'
import type { ScheduleDriver } from '../ports/schedules.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { PageQuery, TaskListing } from '../ports/task-listing.ts'
import { checkShared } from '../define/shares.ts'
import { firstLayout, isFirst } from '../ports/layout.ts'
import type { Layout } from '../ports/layout.ts'
import { Claims } from './claims.ts'
import { applyOver } from './commands.ts'
import { statsOver } from './counting.ts'
import { Dividing } from './dividing.ts'
import type { Division } from './dividing.ts'
import { enqueueAt, enqueueIn, inTurn } from './enqueueing.ts'
import type { Spread } from './enqueueing.ts'
import type { PartitionedParts } from './partitioned-parts.ts'
import { HintsOver } from './hints-over.ts'
import { Home } from './home.ts'
import { historyOver, Sampling } from './history-over.ts'
import { Knowing } from './knowing.ts'
import { extendOver, noteOver } from './leases-over.ts'
import { listenLater } from './listen-later.ts'
import { listOver, pageOver } from './listing.ts'
import type { PartitionPort } from './partition-port.ts'
import { Partitions, portsOf } from './partitions.ts'
import { Pausing } from './pausing.ts'
import { Retiring } from './retiring.ts'
import { PartitionedFlows } from './partitioned-flows.ts'
import { PartitionedLimits, refuseWhole } from './partitioned-limits.ts'
import { PartitionedSchedules } from './partitioned-schedules.ts'
import { inspectOver, readOver } from './reading.ts'
import { TurnsByPlace } from './turns-by-place.ts'

/**
 * One queue for its users, made of several: a driver over those of its partitions, which know nothing of each other. A
 * task has its place for its whole life, and its number and leases say it. What concerns one task goes to its
 * partition; what concerns all is asked of all, and put together here.
 */
export class PartitionedQueue implements QueueDriver, QueueAdmin {
  /** Producers send to each partition by calls of its own. */
  readonly routes: boolean
  readonly begin: number | undefined
  readonly schedules: ScheduleDriver | undefined
  readonly flows: FlowDriver | undefined
  readonly limits?: () => Promise<StoredLimits>
  readonly setLimits?: (change: LimitsChange) => Promise<StoredLimits>
  readonly keys?: (query: KeysQuery) => Promise<KeyPage>
  readonly sample?: (sample: WorkSample) => Promise<void>
  readonly history?: (query: HistoryQuery) => Promise<HistoryPage>
  readonly partitions: Partitions
  /** How many its definition says. */
  readonly wanted: number
  readonly #clock: Clock
  readonly #closed: AbortSignal | undefined
  readonly #turns: TurnsByPlace
  readonly #claims: Claims
  readonly #hearing: HintsOver
  readonly #spread: Spread
  readonly #sharedBy: number | undefined
  readonly #home: Home
  readonly #knowing: Knowing
  readonly #pausing: Pausing
  readonly #dividing: Dividing
  readonly #retiring: Retiring
  readonly #onError: (error: unknown) => void

  constructor({ queue, of, open, widths, clock, onError, closed, ...more }: PartitionedParts) {
    const { sharedBy, spread = inTurn } = more
    this.wanted = of
    const home: Home = new Home({
      ...{ queue, of, widths, clock, closed, onError, observes: more.observes === true },
      layout: () => partitions.layout,
      adopt: (layout) => this.#adopt(layout),
    })
    const { sure, stored } = home
    const partitions: Partitions = new Partitions({ layout: firstLayout(of), open, stored })
    this.partitions = partitions
    const first = partitions.all[0]!.driver
    const hasLimits = first.limits !== undefined && first.setLimits !== undefined && first.keys !== undefined
    const ordering = { queue, clock, partitions, lookAgain: home.lookAgain }
    const limits = hasLimits ? new PartitionedLimits(ordering, sharedBy) : undefined
    this.#pausing = new Pausing(ordering)
    this.#dividing = new Dividing({
      ...{ queue, widths, partitions, limits, pausing: this.#pausing, lookAgain: home.lookAgain },
      open: (generation) => portsOf(generation, { open, stored }),
      adopt: (layout) => this.#adopt(layout),
    })
    this.#retiring = new Retiring({
      ...{ clock, closed, onError },
      hasFormer: () => partitions.hasFormer,
      goOn: () => this.#dividing.goOn(),
    })
    this.#home = home
    this.#knowing = new Knowing(clock, partitions, home)
    this.#clock = clock
    this.#closed = closed
    this.#spread = spread
    this.begin = more.begin
    this.routes = sharedBy === undefined
    this.#onError = (thrown) => onError(toError(thrown))
    this.#sharedBy = sharedBy
    this.#turns = new TurnsByPlace({ clock, closed, onError, onBack: (index) => this.#isBack(index) })
    this.#turns.moved(partitions.all, [])
    this.#hearing = new HintsOver({
      clock,
      partitions,
      onError,
      onWork: (index) => this.#claims.hinted(index),
      onInterruption: (index) => this.#claims.interrupted(index),
      onSealed: (index) => this.#onSealed(index),
    })
    this.#claims = new Claims({
      clock,
      partitions,
      turns: this.#turns,
      marks: home.marks,
      sharedBy,
      checkLimits: (defined) => {
        if (partitions.hasFormer) refuseWhole(defined)
        if (defined && !isFirst(partitions.layout)) checkShared(defined, partitions.current.length)
      },
      hears: (index) => this.#hearing.hears(index),
      begin: more.begin,
      passOnMs: more.passOnMs,
      onHold: (index) => this.#onHold(index, limits),
      wholeOf: async (share) => limits?.definedFrom(share),
    })
    if (limits !== undefined) {
      const stored = (): Promise<StoredLimits> => this.#knowing.now(() => limits.limits())
      this.limits = stored
      this.setLimits = async (change) => {
        await this.#sureOfAll()
        await limits.setLimits(change)
        return stored()
      }
      this.keys = async (query) => this.#knowing.all(() => limits.keys(query))
    }
    if (first.sample !== undefined && first.history !== undefined) {
      const sampling = new Sampling(partitions, more.looksAtAll === true)
      this.sample = async (sample) => (await sure(), sampling.sample(sample))
      this.history = async (query) => this.#knowing.all(() => historyOver(partitions, query))
    }
    this.schedules = first.schedules && new PartitionedSchedules(partitions, home)
    this.flows = first.flows && new PartitionedFlows(partitions, this.#knowing)
  }

  /** It does not answer, as far as is known. */
  isAway(index: number): boolean {
    return this.#turns.at(index)?.away === true
  }

  /** See `Width.sureToStore`. */
  readonly sureToStore = (): Promise<void> | undefined => this.#home.sureToStore()

  /** See `Width.lookAgain`. */
  readonly lookAgain = (): Promise<boolean> => this.#home.lookAgain()

  /** Resolves when what a worker settled is known of all partitions. */
  settledBy(worker: string): Promise<void> {
    return this.#turns.settled(worker)
  }

  /** All that was settled is known, and the number of partitions is that of what was stored. */
  async close(): Promise<void> {
    await Promise.all([this.#home.close().catch(this.#onError), this.#turns.settled()])
  }

  async enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]> {
    await this.#home.sureToStore()
    const { partitions } = this
    const storing = { partitions, spread: this.#spread, sharedBy: this.#sharedBy, lookAgain: this.#home.lookAgain }
    return enqueueIn(storing, batch)
  }

  /** All tasks of the batch belong there. `sent`: the last number of each lane that was sent there. */
  async enqueueAt(
    port: PartitionPort,
    batch: EnqueueBatch,
    sent: Map<string, number> = new Map(),
  ): Promise<readonly Receipt[]> {
    await this.#home.sureToStore()
    const isSent = (sent.get(batch.lane) ?? -1) >= batch.seq
    // Nobody looks there any more. What may have been stored before it ran empty is asked for.
    if (!isSent && this.partitions.at(port.index) !== port) return batch.tasks.map(() => ({ state: 'moved' }))
    sent.set(batch.lane, batch.seq)
    return enqueueAt(this.partitions, port, batch, this.#sharedBy)
  }

  async endLanes(lanes: readonly EndedLane[]): Promise<void> {
    checkEndedLanes(lanes)
    await this.#home.sure()
    await Promise.all(this.partitions.all.map(({ driver }) => driver.endLanes(lanes)))
  }

  async endLanesAt({ driver }: PartitionPort, lanes: readonly EndedLane[]): Promise<void> {
    await this.#home.sure()
    await driver.endLanes(lanes)
  }

  async settleAndClaim(turn: Turn): Promise<TurnReply> {
    checkTurn(turn)
    await this.#home.sure()
    return this.#claims.settleAndClaim(turn)
  }

  async extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    checkExtend(leases, leaseMs)
    await this.#home.sure()
    return extendOver({ clock: this.#clock, partitions: this.partitions, marks: this.#home.marks }, leases, leaseMs)
  }

  async note(notes: readonly Note[]): Promise<readonly boolean[]> {
    checkNotes(notes)
    await this.#home.sure()
    return noteOver(this.partitions, notes)
  }

  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    const listen = (): Promise<Subscription> => this.#hearing.listen(listener)
    const { sure } = this.#home
    try {
      await sure()
    } catch (thrown) {
      if (!MqError.is(thrown, 'unavailable') && !MqError.is(thrown, 'partitions-differ')) throw thrown
      const onOpen = (): void => listener({ kind: 'reconnected' })
      return listenLater({ clock: this.#clock, closed: this.#closed, sure, listen, onOpen })
    }
    return listen()
  }

  async read(
    tasks: readonly TaskRef[],
    options?: { readonly watch?: boolean | undefined },
  ): Promise<readonly TaskReading[]> {
    checkRead(tasks)
    return this.#knowing.tasks(tasks, () => readOver(this.partitions, tasks, options))
  }

  async list(query: ListQuery): Promise<readonly DeadTask[]> {
    await this.#knowing.numbers(query.only ?? [])
    return this.#knowing.all(() => listOver(this.partitions, query))
  }

  async page(query: PageQuery): Promise<TaskListing> {
    return this.#knowing.all(() => pageOver(this.partitions, query))
  }

  async stats(): Promise<QueueStats> {
    return this.#knowing.all(() => statsOver(this.partitions))
  }

  async inspect(task: TaskRef, options?: { readonly content?: boolean | undefined }): Promise<TaskFacts> {
    const answers = await this.#knowing.tasks([task], async () => {
      const facts = await inspectOver(this.partitions, task, options)
      return [{ state: facts.reading.state, facts }]
    })
    return answers[0]!.facts
  }

  async apply(command: QueueCommand): Promise<CommandReply> {
    if ('task' in command) return this.#applyToTask(command)
    if (command.kind === 'redrive' || command.kind === 'discard') {
      await this.#knowing.numbers(command.tasks.map((task) => (typeof task === 'string' ? task : task.n)))
    } else await this.#sureOfAll()
    const reply = await applyOver(this.partitions, command, this.#pausing)
    if (command.kind === 'obliterate' && reply.inUse === undefined) await this.#home.release()
    return reply
  }

  async #applyToTask(command: Extract<QueueCommand, { readonly task: TaskRef }>): Promise<CommandReply> {
    checkCommand(command)
    const { task } = command
    await this.#knowing.numbers('n' in task ? [task.n] : [])
    const reply = await applyOver(this.partitions, command)
    const isMissing = reply.changed === 0 && ('id' in task || !isFirst(this.partitions.layout))
    return isMissing && (await this.#home.lookAgain()) ? applyOver(this.partitions, command) : reply
  }

  /**
   * Gives the queue another number of partitions, 2–64, or goes on with what was begun. Throws `partitions-busy` where
   * former ones have to run empty first, and `unsupported` where it has limits of all tasks together.
   */
  async divide(of: number): Promise<Division> {
    await this.#sureOfAll()
    return this.#dividing.divide(of)
  }

  /** What is said to all partitions reaches those that others made since this process looked. */
  async #sureOfAll(): Promise<void> {
    await this.#home.sure()
    await this.#home.lookAgain()
  }

  /** It has another number of partitions from now on, of which the former ones are some. */
  #adopt(layout: Layout): void {
    const { revision: before } = this.partitions.layout
    const { added, gone } = this.partitions.adopt(layout)
    this.#turns.moved(added, gone)
    this.#claims.gone(gone.map(({ index }) => index))
    this.#hearing.moved(added, gone)
    this.#retiring.begin()
    if (added.length > 0 && before > 0) this.#hearing.tell({ kind: 'work' })
  }

  /** One that was current is a former one: whoever hears it learns where new tasks are. */
  #onSealed(index: number): void {
    const isKnown = this.partitions.current.every((port) => port.index !== index)
    if (!isKnown) void this.#home.lookAgain().catch(this.#onError)
  }

  /** A hold that does not reach the others is of this partition alone, until a handler of another is told so, too. */
  async #onHold(index: number, limits: PartitionedLimits | undefined): Promise<void> {
    await limits?.spreadHold(index).catch(this.#onError)
  }

  /** What was left open there is known: workers look at it again. */
  #isBack(index: number): void {
    this.#claims.interrupted(index)
    this.#hearing.tell({ kind: 'work' })
  }
}
