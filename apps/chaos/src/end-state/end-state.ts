/** What a program that knows nothing but docs/redis-layout.md found in Redis when all was over. */
export interface EndState {
  readonly tasks: readonly StoredTask[]
  readonly dead: readonly DeadTask[]
  /** Of the channel that keeps its messages. */
  readonly groups?: readonly GroupState[] | undefined
  /** From the ring of results. */
  readonly ended: readonly { readonly n: string; readonly state: 'completed' | 'expired' | 'cancelled' }[]
  /** Of a queue that keeps them: the ends that were appended, in their order. */
  readonly outcomes?: readonly AppendedEnd[] | undefined
  /** Of the queue whose tasks are made by schedules. */
  readonly schedules?: readonly ScheduleState[] | undefined
  /** Of the queues with flows. */
  readonly flows?: readonly FlowState[] | undefined
  /** What contradicts the documented layout, in words. */
  readonly defects: readonly string[]
  /** Entries per key. */
  readonly sizes: Readonly<Record<string, number>>
}

/** A schedule, and the instants of its tasks, ms since 1970, of which none was done. */
export interface ScheduleState {
  readonly name: string
  readonly everyMs: number
  readonly lastAt: number
  readonly instants: readonly number[]
}

/** Of a queue with flows. */
export interface FlowState extends EndState {
  readonly queue: string
  /** In their order. */
  readonly ends: readonly FlowEnd[]
  /** Of children that have not heard of all their parents. */
  readonly blocked: readonly string[]
  /** Chores that nobody did. */
  readonly chores: readonly string[]
}

export interface FlowEnd extends AppendedEnd {
  /** By the server's clock, ms. */
  readonly at: number
  /** Of one that is dead or cancelled. */
  readonly reason: string
}

export interface AppendedEnd {
  readonly n: string
  readonly state: 'completed' | 'expired' | 'cancelled' | 'dead'
}

export interface StoredTask {
  readonly n: string
  readonly place: 'waiting' | 'delayed' | 'running'
  readonly payload: string
}

export interface DeadTask {
  readonly n: string
  readonly reason: string
  readonly payload: string
}

/** A consumer group: what it has not done, and what it gave up. */
export interface GroupState {
  readonly group: string
  /** Messages that it was not given. */
  readonly unread: number
  readonly left: readonly { readonly n: string; readonly place: 'returned' | 'delayed' | 'running' }[]
  readonly dead: readonly DeadMessage[]
}

export interface DeadMessage {
  readonly n: string
  readonly reason: string
  readonly failures: number
  /** As it was published: JSON. */
  readonly body: string
}
