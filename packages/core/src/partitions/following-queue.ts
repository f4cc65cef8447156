import { MqError } from '../errors.ts'
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
import type { Division } from './dividing.ts'
import { Follower } from './follower.ts'
import { PartitionedQueue } from './partitioned-queue.ts'

type Driver = QueueDriver & QueueAdmin

interface Ear {
  readonly listener: (hint: Hint) => void
  subscription: Subscription | undefined
}

/** A queue that is used by its name alone: see `Follower`. So operators see the whole of every queue. */
export class FollowingQueue implements QueueDriver, QueueAdmin {
  readonly #ears = new Set<Ear>()
  readonly #plain: Driver
  readonly #follower: Follower<Driver>

  constructor(plain: Driver, open: (partitions: number) => Driver) {
    this.#plain = plain
    this.#follower = new Follower({ plain, open, onMoved: () => this.#moved() })
  }

  // Getters, as a process may have many thousand handles.
  get sample(): ((sample: WorkSample) => Promise<void>) | undefined {
    return this.#driver.sample && ((sample) => this.call((at) => at.sample!(sample)))
  }

  get history(): ((query: HistoryQuery) => Promise<HistoryPage>) | undefined {
    return this.#driver.history && ((query) => this.call((at) => at.history!(query)))
  }

  get limits(): (() => Promise<StoredLimits>) | undefined {
    return this.#driver.limits && (() => this.call((at) => at.limits!()))
  }

  get setLimits(): ((change: LimitsChange) => Promise<StoredLimits>) | undefined {
    return this.#driver.setLimits && ((change) => this.call((at) => at.setLimits!(change)))
  }

  get keys(): ((query: KeysQuery) => Promise<KeyPage>) | undefined {
    return this.#driver.keys && ((query) => this.call((at) => at.keys!(query)))
  }

  get flows(): FlowDriver | undefined {
    if (this.#plain.flows === undefined) return undefined
    return {
      look: (tasks) => this.call((at) => at.flows!.look(tasks)),
      link: (edges) => this.call((at) => at.flows!.link(edges)),
      tell: (news) => this.call((at) => at.flows!.tell(news)),
      chores: (limit) => this.call((at) => at.flows!.chores(limit)),
      finish: (chores) => this.call((at) => at.flows!.finish(chores)),
      children: (query) => this.call((at) => at.flows!.children(query)),
      family: (query) => this.call((at) => at.flows!.family(query)),
    }
  }

  get schedules(): ScheduleDriver | undefined {
    if (this.#plain.schedules === undefined) return undefined
    return {
      read: (name) => this.call((at) => at.schedules!.read(name)),
      page: (query) => this.call((at) => at.schedules!.page(query)),
      due: (limit) => this.call((at) => at.schedules!.due(limit)),
      set: (schedule) => this.call((at) => at.schedules!.set(schedule)),
      remove: (name) => this.call((at) => at.schedules!.remove(name)),
      tick: (batch) => this.call((at) => at.schedules!.tick(batch)),
    }
  }

  enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]> {
    return this.call((at) => at.enqueue(batch))
  }

  endLanes(lanes: readonly EndedLane[]): Promise<void> {
    return this.call((at) => at.endLanes(lanes))
  }

  settleAndClaim(turn: Turn): Promise<TurnReply> {
    return this.call((at) => at.settleAndClaim(turn))
  }

  /** Throws `unsupported` where it has no partitions. */
  divide(of: number): Promise<Division> {
    return this.call(async (at) => {
      if (at instanceof PartitionedQueue) return at.divide(of)
      // Refused where it has some, and then asked of these.
      await at.stats()
      throw new MqError('unsupported', 'a queue without partitions gets none while it is there')
    })
  }

  async settledBy(worker: string): Promise<void> {
    if (this.#driver instanceof PartitionedQueue) await this.#driver.settledBy(worker)
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    return this.call((at) => at.extend(leases, leaseMs))
  }

  note(notes: readonly Note[]): Promise<readonly boolean[]> {
    return this.call((at) => at.note(notes))
  }

  read(tasks: readonly TaskRef[], options?: { readonly watch?: boolean | undefined }): Promise<readonly TaskReading[]> {
    return this.call((at) => at.read(tasks, options))
  }

  list(query: ListQuery): Promise<readonly DeadTask[]> {
    return this.call((at) => at.list(query))
  }

  page(query: PageQuery): Promise<TaskListing> {
    return this.call((at) => at.page(query))
  }

  stats(): Promise<QueueStats> {
    return this.call((at) => at.stats())
  }

  inspect(task: TaskRef, options?: { readonly content?: boolean | undefined }): Promise<TaskFacts> {
    return this.call((at) => at.inspect(task, options))
  }

  apply(command: QueueCommand): Promise<CommandReply> {
    return this.call((at) => at.apply(command))
  }

  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    const ear: Ear = { listener, subscription: undefined }
    this.#ears.add(ear)
    try {
      // It may have moved meanwhile.
      const opened = await this.call((at) => at.listen(listener))
      if (ear.subscription === undefined) ear.subscription = opened
      else await opened.close()
    } catch (thrown) {
      this.#ears.delete(ear)
      throw thrown
    }
    return {
      get live() {
        return ear.subscription?.live === true
      },
      close: async () => {
        this.#ears.delete(ear)
        await ear.subscription?.close()
      },
    }
  }

  /** See `Follower.call`. */
  call<T>(call: (driver: Driver) => Promise<T>, onLeft?: (driver: Driver) => void): Promise<T> {
    return this.#follower.call(call, onLeft)
  }

  get #driver(): Driver {
    return this.#follower.now
  }

  #moved(): void {
    for (const ear of this.#ears) void this.#move(ear)
  }

  /** The hints of before say nothing any more. */
  async #move(ear: Ear): Promise<void> {
    const before = ear.subscription
    try {
      const opened = await this.#driver.listen(ear.listener)
      ear.subscription = opened
      if (!this.#ears.has(ear)) await opened.close()
      await before?.close()
      ear.listener({ kind: 'reconnected' })
    } catch {
      // Without hints whoever listens looks more often.
    }
  }
}
