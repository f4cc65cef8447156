import type { Clock } from '../clock.ts'
import { toError } from '../errors.ts'
import { checkEndedLanes, checkExtend, checkTurn } from '../ports/check-arguments.ts'
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
import type { KeyPage, KeysQuery, LimitsChange, QueueSharing, StoredLimits } from '../ports/queue-limits.ts'
import type { ScheduleDriver } from '../ports/schedules.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { PageQuery, TaskListing } from '../ports/task-listing.ts'
import { Claims } from './claims.ts'
import { applyOver } from './commands.ts'
import { sumOfStats } from './counting.ts'
import { enqueueAt, enqueueIn, inTurn } from './enqueueing.ts'
import type { Spread } from './enqueueing.ts'
import type { PartitionedParts } from './partitioned-parts.ts'
import { HintsOver } from './hints-over.ts'
import { Home } from './home.ts'
import { historyOver, Sampling } from './history-over.ts'
import { inTime, stalled } from './in-time.ts'
import { listOver, pageOver } from './listing.ts'
import { PartitionPort } from './partition-port.ts'
import { PartitionTurns } from './partition-turns.ts'
import { PartitionedFlows } from './partitioned-flows.ts'
import { PartitionedLimits } from './partitioned-limits.ts'
import { PartitionedSchedules } from './partitioned-schedules.ts'
import { placeOfLease } from './places.ts'
import { inspectOver, readOver } from './reading.ts'
import { gathered, portionsOf } from './spread-out.ts'

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
  readonly #clock: Clock
  readonly #ports: readonly PartitionPort[]
  readonly #turns: readonly PartitionTurns[]
  readonly #claims: Claims
  readonly #hearing: HintsOver
  readonly #spread: Spread
  readonly #sharedBy: number
  readonly #home: Home
  readonly #onError: (error: unknown) => void
  readonly #listeners = new Set<(hint: Hint) => void>()

  constructor({ queue, drivers, widths, clock, onError, closed, ...more }: PartitionedParts) {
    const of = drivers.length
    const { sharedBy = of, spread = inTurn } = more
    const home = new Home({ queue, of, widths, clock, closed, onError, observes: more.observes === true })
    const { sure, stored } = home
    const ports = drivers.map((driver, index) => new PartitionPort({ driver, index, of, stored }))
    this.#home = home
    this.#clock = clock
    this.#ports = ports
    this.#spread = spread
    this.begin = more.begin
    this.routes = more.sharedBy === undefined
    this.#onError = (thrown) => onError(toError(thrown))
    this.#sharedBy = sharedBy
    this.#turns = ports.map((port) => {
      return new PartitionTurns({ port, clock, closed, onError, onBack: (index) => this.#isBack(index) })
    })
    this.#hearing = new HintsOver({
      clock,
      ports,
      onError,
      onWork: (index) => this.#claims.hinted(index),
      onInterruption: (index) => this.#claims.interrupted(index),
    })
    const [first] = drivers
    const hasLimits = first!.limits !== undefined && first!.setLimits !== undefined && first!.keys !== undefined
    const limits = hasLimits
      ? new PartitionedLimits(drivers as readonly (QueueAdmin & QueueSharing)[], sharedBy)
      : undefined
    this.#claims = new Claims({
      clock,
      turns: this.#turns,
      marks: home.marks,
      sharedBy,
      hears: (index) => this.#hearing.hears(index),
      begin: more.begin,
      passOnMs: more.passOnMs,
      onHold: (index) => this.#onHold(index, limits),
      wholeOf: async (share) => limits?.definedFrom(share),
    })
    if (limits !== undefined) {
      this.limits = async () => (await sure(), limits.limits())
      this.setLimits = async (change) => (await sure(), limits.setLimits(change))
      this.keys = async (query) => (await sure(), limits.keys(query))
    }
    if (first!.sample !== undefined && first!.history !== undefined) {
      const sampling = new Sampling(drivers, more.looksAtAll === true)
      this.sample = async (sample) => (await sure(), sampling.sample(sample))
      this.history = async (query) => (await sure(), historyOver(drivers, query))
    }
    this.schedules =
      first!.schedules &&
      new PartitionedSchedules(
        drivers.map((driver) => driver.schedules!),
        home,
      )
    this.flows = first!.flows && new PartitionedFlows(ports, sure)
  }

  /** How many there are. */
  get of(): number {
    return this.#ports.length
  }

  /** It does not answer, as far as is known. */
  isAway(index: number): boolean {
    return this.#turns[index]!.away
  }

  /** Resolves when what a worker settled is known of all partitions. */
  async settledBy(worker: string): Promise<void> {
    await Promise.all(this.#turns.map((turns) => turns.settled(worker)))
  }

  /** All that was settled is known, and the number of partitions is that of what was stored. */
  async close(): Promise<void> {
    await Promise.all([this.#home.close().catch(this.#onError), ...this.#turns.map((turns) => turns.settled())])
  }

  async enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]> {
    await this.#home.sureToStore()
    return enqueueIn(this.#ports, batch, this.#spread, this.#sharedBy)
  }

  /** All tasks of the batch belong there. */
  async enqueueAt(index: number, batch: EnqueueBatch): Promise<readonly Receipt[]> {
    await this.#home.sureToStore()
    return enqueueAt(this.#ports[index]!, batch, this.#sharedBy)
  }

  async endLanes(lanes: readonly EndedLane[]): Promise<void> {
    checkEndedLanes(lanes)
    await this.#home.sure()
    await Promise.all(this.#ports.map(({ driver }) => driver.endLanes(lanes)))
  }

  async endLanesAt(index: number, lanes: readonly EndedLane[]): Promise<void> {
    await this.#home.sure()
    await this.#ports[index]!.driver.endLanes(lanes)
  }

  async settleAndClaim(turn: Turn): Promise<TurnReply> {
    checkTurn(turn)
    await this.#home.sure()
    return this.#claims.settleAndClaim(turn)
  }

  /** Where a partition does not answer, the leases of the others are prolonged, and all are asked for again. */
  async extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    checkExtend(leases, leaseMs)
    await this.#home.sure()
    const portions = portionsOf(leases, (lease) => [placeOfLease(lease, this.of).index, lease])
    for (const { index } of portions) this.#home.marks.held(index, leaseMs)
    return gathered(portions, async (index, items) => {
      const states = await inTime(this.#clock, this.#ports[index]!.extend(items, leaseMs))
      if (states === undefined) throw stalled()
      return states
    })
  }

  async note(notes: readonly Note[]): Promise<readonly boolean[]> {
    checkNotes(notes)
    await this.#home.sure()
    const portions = portionsOf(notes, (note) => [placeOfLease(note.lease, this.of).index, note])
    return gathered(portions, (index, items) => this.#ports[index]!.note(items))
  }

  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    const subscription = await this.#hearing.listen(listener)
    this.#listeners.add(listener)
    return {
      get live() {
        return subscription.live
      },
      close: async () => {
        this.#listeners.delete(listener)
        await subscription.close()
      },
    }
  }

  async read(
    tasks: readonly TaskRef[],
    options?: { readonly watch?: boolean | undefined },
  ): Promise<readonly TaskReading[]> {
    await this.#home.sure()
    return readOver(this.#ports, tasks, options)
  }

  async list(query: ListQuery): Promise<readonly DeadTask[]> {
    await this.#home.sure()
    return listOver(this.#ports, query)
  }

  async page(query: PageQuery): Promise<TaskListing> {
    await this.#home.sure()
    return pageOver(this.#ports, query)
  }

  async stats(): Promise<QueueStats> {
    await this.#home.sure()
    return sumOfStats(await Promise.all(this.#ports.map(({ driver }) => driver.stats())))
  }

  async inspect(task: TaskRef, options?: { readonly content?: boolean | undefined }): Promise<TaskFacts> {
    await this.#home.sure()
    return inspectOver(this.#ports, task, options)
  }

  async apply(command: QueueCommand): Promise<CommandReply> {
    await this.#home.sure()
    const reply = await applyOver(this.#ports, command)
    if (command.kind === 'obliterate' && reply.inUse === undefined) await this.#home.release()
    return reply
  }

  /** A hold that does not reach the others is of this partition alone, until a handler of another is told so, too. */
  async #onHold(index: number, limits: PartitionedLimits | undefined): Promise<void> {
    await limits?.spreadHold(index).catch(this.#onError)
  }

  /** What was left open there is known: workers look at it again. */
  #isBack(index: number): void {
    this.#claims.interrupted(index)
    for (const listener of this.#listeners) listener({ kind: 'work' })
  }
}
