import type {
  CommandReply,
  DeadTask,
  EndedLane,
  EnqueueBatch,
  FlowDriver,
  Hint,
  HistoryPage,
  HistoryQuery,
  Inbox,
  KeyPage,
  KeysQuery,
  LeaseState,
  LimitsChange,
  ListQuery,
  Note,
  PageQuery,
  QueueAdmin,
  QueueCommand,
  QueueDriver,
  QueueSharing,
  QueueStats,
  Receipt,
  StoredLimits,
  ScheduleDriver,
  Subscription,
  TaskFacts,
  TaskListing,
  TaskReading,
  TaskRef,
  Turn,
  TurnReply,
  WorkSample,
} from '@mq/core/adapter'
import { checkEndedLanes, checkExtend, checkHistory, checkNotes, checkSample } from '@mq/core/adapter'
import { addLog } from './add-log.ts'
import { enqueue } from './enqueue.ts'
import { HintPost } from './hint-post.ts'
import { apply } from './commands.ts'
import { page } from './page.ts'
import { counts, inspect, list, read, stats } from './queue-admin.ts'
import { keys, limits, setLimits } from './queue-keys.ts'
import type { PlainState } from './memory-plain.ts'
import { createMemoryFlows } from './memory-flows.ts'
import { createMemorySchedules } from './memory-schedules.ts'
import type { QueueState } from './queue-state.ts'
import { settleAndClaim } from './settle-and-claim.ts'

/** One participant's access to a queue. Each call takes effect at once and as a whole; only its result is a promise. */
export class MemoryQueue implements QueueDriver, QueueAdmin, QueueSharing {
  readonly #state: QueueState
  readonly #post: HintPost
  readonly #assertOpen: () => void
  readonly #plain: PlainState
  readonly #inbox: Inbox | undefined
  #schedules: ScheduleDriver | undefined
  #flows: FlowDriver | undefined

  constructor(
    state: QueueState,
    assertOpen: () => void,
    onError: (error: Error) => void,
    { plain, inbox }: { readonly plain: PlainState; readonly inbox: Inbox | undefined },
  ) {
    this.#state = state
    this.#plain = plain
    this.#inbox = inbox
    this.#assertOpen = assertOpen
    this.#post = new HintPost(onError)
  }

  async enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]> {
    this.#assertOpen()
    return enqueue(this.#state, batch, this.#post)
  }

  async endLanes(lanes: readonly EndedLane[]): Promise<void> {
    this.#assertOpen()
    checkEndedLanes(lanes)
    const now = this.#state.clock.now()
    for (const { lane, seq } of lanes) {
      this.#state.producers.end(lane, seq + 1, [], now)
      this.#state.tickers.end(lane, seq + 1, [], now)
    }
  }

  async settleAndClaim(turn: Turn): Promise<TurnReply> {
    this.#assertOpen()
    const inbox = this.#inbox && { inbox: this.#inbox, plain: this.#plain }
    return settleAndClaim(this.#state, turn, this.#post, inbox)
  }

  async extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    this.#assertOpen()
    checkExtend(leases, leaseMs)
    const now = this.#state.clock.now()
    return leases.map((lease) => this.#extendOne(lease, now + leaseMs, now))
  }

  async note(notes: readonly Note[]): Promise<readonly boolean[]> {
    this.#assertOpen()
    checkNotes(notes)
    return notes.map((note) => {
      const { lease, kind, body } = note
      const { clock } = this.#state
      const task = this.#state.held(lease)
      if (task === undefined) return false
      if (kind === 'memo') task.memo = body
      else if (kind === 'start') task.started = true
      else if (kind === 'log') task.log = addLog(task.log, note, clock.epochMs(clock.now()))
      else {
        task.progress = body
        this.#state.watchers.tell(task.n, { kind: 'progress', n: String(task.n), body })
      }
      return true
    })
  }

  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    this.#assertOpen()
    this.#state.listeners.add(this.#post)
    return this.#post.listen(listener)
  }

  async read(
    tasks: readonly TaskRef[],
    options?: { readonly watch?: boolean | undefined },
  ): Promise<readonly TaskReading[]> {
    this.#assertOpen()
    return read(this.#state, tasks, options?.watch ? this.#post : undefined)
  }

  async list(query: ListQuery): Promise<readonly DeadTask[]> {
    this.#assertOpen()
    return list(this.#state, query)
  }

  async page(query: PageQuery): Promise<TaskListing> {
    this.#assertOpen()
    return page(this.#state, query)
  }

  async stats(): Promise<QueueStats> {
    this.#assertOpen()
    const inbox = this.#plain.lengthOf(this.#state)
    return { ...stats(this.#state), ...(inbox === undefined ? undefined : { inbox }) }
  }

  async sample(sample: WorkSample): Promise<void> {
    this.#assertOpen()
    checkSample(sample)
    const { history, clock } = this.#state
    history.sample(sample, counts(this.#state), clock.epochMs(clock.now()))
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    this.#assertOpen()
    checkHistory(query)
    const { history, clock } = this.#state
    return history.page(query, clock.epochMs(clock.now()))
  }

  get flows(): FlowDriver {
    return (this.#flows ??= createMemoryFlows(this.#state, this.#assertOpen))
  }

  get schedules(): ScheduleDriver {
    return (this.#schedules ??= createMemorySchedules(this.#state, this.#assertOpen))
  }

  async inspect(task: TaskRef, options?: { readonly content?: boolean | undefined }): Promise<TaskFacts> {
    this.#assertOpen()
    return inspect(this.#state, task, options?.content === true)
  }

  async limits(): Promise<StoredLimits> {
    this.#assertOpen()
    return limits(this.#state)
  }

  async setLimits(change: LimitsChange): Promise<StoredLimits> {
    this.#assertOpen()
    return setLimits(this.#state, change)
  }

  async keys(query: KeysQuery): Promise<KeyPage> {
    this.#assertOpen()
    return keys(this.#state, query)
  }

  async apply(command: QueueCommand): Promise<CommandReply> {
    this.#assertOpen()
    return apply(this.#state, command)
  }

  /** The participant ends. What it holds stays leased until the deadlines, as when a process dies. */
  end(): void {
    this.#post.close()
    this.#state.forget(this.#post)
  }

  #extendOne(lease: string, deadline: number, now: number): LeaseState {
    const task = this.#state.held(lease)
    if (task) {
      this.#state.leases.extend(task, deadline)
      return 'held'
    }
    return this.#state.wasCancelled(lease, now) ? 'cancelled' : 'lost'
  }
}
