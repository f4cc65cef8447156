import type { FlowDriver } from './flows.ts'
import type { QueueHistory, RecentWork } from './history.ts'
import type { HeldBack, QueueSharing } from './queue-limits.ts'
import type { ScheduleDriver } from './schedules.ts'
import type { PageQuery, TaskListing } from './task-listing.ts'
import type { StoredOutcome } from './stored-outcome.ts'
import type { TaskContent } from './task-content.ts'
import type { TaskRef } from './task-ref.ts'

export type { TaskRef } from './task-ref.ts'

/**
 * What operators, waiting callers and producers need of a queue. It is not the hot path, but every call is bounded as
 * well.
 */
export interface QueueAdmin extends LeftOut<QueueHistory>, LeftOut<QueueSharing> {
  /**
   * The state of up to 1,000 tasks. With `watch`, one `ended` hint (and `progress` hints) of each pending task is sent
   * to this participant. Reading and watching are one step, so no end is missed between them.
   */
  read(tasks: readonly TaskRef[], options?: { readonly watch?: boolean | undefined }): Promise<readonly TaskReading[]>
  /** Dead letters, newest first. */
  list(query: ListQuery): Promise<readonly DeadTask[]>
  /**
   * Some of the tasks in a state. Reads only, and costs O(limit) where the storage allows it. Every task that is in
   * the state from the first page to the last is answered at least once; one that comes, goes or moves meanwhile may
   * be answered twice, or not. Following `next` ends, also while tasks are added.
   */
  page(query: PageQuery): Promise<TaskListing>
  stats(): Promise<QueueStats>
  /** What is known of one task, and of the tasks that are claimed before it. */
  inspect(task: TaskRef, options?: { readonly content?: boolean | undefined }): Promise<TaskFacts>
  /** Optional. Obliterated with the queue. */
  readonly schedules?: ScheduleDriver | undefined
  /** Optional. Obliterated with the queue. */
  readonly flows?: FlowDriver | undefined
  /** Atomic. A command may be repeated. */
  apply(command: QueueCommand): Promise<CommandReply>
}

/** An adapter may leave these out. */
type LeftOut<Members> = { readonly [Name in keyof Members]?: Members[Name] | undefined }

interface Pending {
  readonly n: string
  /**
   * With `watch`: more participants wait for this task than are notified, so the hint for this participant may be
   * dropped in favour of another.
   */
  readonly crowded?: boolean | undefined
}

export type TaskReading =
  | (Pending & { readonly state: 'waiting' | 'running'; readonly progress?: string | undefined })
  | (Pending & { readonly state: 'delayed'; readonly dueInMs: number; readonly blocked?: undefined })
  /** It runs after others, which have not all ended: see `FlowDriver`. */
  | (Pending & { readonly state: 'delayed'; readonly blocked: true; readonly dueInMs?: undefined })
  | { readonly state: 'ended'; readonly n: string; readonly outcome: StoredOutcome }
  /** The task never existed, or ended so long ago that nothing is kept. */
  | { readonly state: 'unknown' }

export interface ListQuery {
  readonly state: 'dead'
  /** Only those that died in this time, ms since 1970 by the storage's clock, both ends included. */
  readonly diedFrom?: number | undefined
  readonly diedTo?: number | undefined
  /** Only these, by number (at most 1,000), in this order. Not with the others. */
  readonly only?: readonly string[] | undefined
  /** false: without payloads (they are empty). Default true. */
  readonly payloads?: boolean | undefined
  /**
   * The last one of the page before. If it no longer exists, some letters of its millisecond may be listed twice; none
   * is left out.
   */
  readonly after?: { readonly n: string; readonly diedAt: number } | undefined
  /** At most 1,000; a page may be shorter where letters are large, but is empty only at the end. */
  readonly limit: number
}

export interface DeadTask {
  readonly n: string
  readonly reason: string
  readonly detail: string
  readonly diedAt: number
  readonly enqueuedAt: number
  readonly failures: number
  readonly crashes: number
  readonly header: string
  readonly payload: string
  /** Of header and payload, as they are stored. */
  readonly bytes: number
}

export interface QueueStats {
  readonly waiting: number
  readonly delayed: number
  /** Of the delayed ones, those that run after others which have not all ended. Undefined where there is none. */
  readonly blocked?: number | undefined
  /**
   * What workers have to do yet for tasks that follow others: to add them, to link them, to report ends to them.
   * Undefined where there is nothing.
   */
  readonly chores?: number | undefined
  /** Of the delayed ones, those that are due: they wait for a worker, and the next claim of any sees that. */
  readonly overdue: number
  readonly running: number
  /**
   * Of the running ones, those whose leases are over: their workers are gone, or stand still, and the next claim of any
   * worker recovers them.
   */
  readonly lapsed: number
  readonly dead: number
  /** The queue is paused: nothing is claimed until it is resumed. */
  readonly paused: boolean
  /** Of a partition: the number of the last pause or resumption; undefined where none had one. */
  readonly order?: number | undefined
  /** Tasks that were displaced from the full queue, ever. */
  readonly displaced: number
  /** Dead letters that were dropped for a bound of `keep.dead`, ever. */
  readonly deadDropped: number
  /** Entries that another program wrote where tasks wait or are held, and that were dropped, ever. */
  readonly foreign: number
  readonly totals: QueueTotals
  /**
   * For how long the oldest of the tasks that are next in their lines (one line for each priority, and one for each of
   * 32 keys that may be served and 32 that are held back) has waited since it was due, ms; undefined when none waits or
   * is overdue. One that was promoted counts from when it would have been due.
   */
  readonly oldestWaitMs?: number | undefined
  /** Undefined where no worker has reported for minutes, and where the adapter keeps no history. */
  readonly recent?: RecentWork | undefined
  /** The queue keeps outcomes; undefined where it does not. */
  readonly outcomes?: true | undefined
  /** Undefined where there are none. */
  readonly schedules?: ScheduleCounts | undefined
  /** Entries of its inbox, which no worker has taken yet; they count nowhere else. Undefined where it has none. */
  readonly inbox?: number | undefined
  /** Undefined where it has none. */
  readonly partitions?: PartitionCounts | undefined
}

export interface PartitionCounts {
  /** How many there are, for what is new. */
  readonly of: number
  /**
   * Those of before, newest first, that are not removed yet: how many they are, and how many tasks and dead letters
   * they have. One that has none keeps results, ids or schedules, or became a former one less than a minute ago.
   */
  readonly former: readonly { readonly of: number; readonly tasks: number; readonly dead: number }[]
}

export interface ScheduleCounts {
  readonly count: number
  /** Those whose ticks are due. A scheduler does them within moments. */
  readonly due: number
  /** For how long the earliest of these has been due, ms. */
  readonly dueForMs?: number | undefined
  /** Since a scheduler last looked what is due, ms; undefined: none did. */
  readonly tickerSeenAgoMs?: number | undefined
}

/** Since the queue was made, or obliterated. A call that is repeated counts once. */
export interface QueueTotals {
  /** Tasks that were accepted. */
  readonly enqueued: number
  readonly completed: number
  /** Failures of handlers that were charged: by retries and by burials. */
  readonly failed: number
  /** Retries, charged or not. */
  readonly retried: number
  /** Tasks that became dead letters, displaced ones too. */
  readonly dead: number
  readonly expired: number
  /** By cancelling, purging and replacing. */
  readonly cancelled: number
}

export interface TaskFacts {
  /** Where it was asked for; `failures` and `crashes` of a dead task are those it died with then. */
  readonly content?: TaskContent | undefined
  /** The storage's clock, ms since 1970. */
  readonly readAt: number
  readonly reading: TaskReading
  readonly paused: boolean
  readonly failures: number
  readonly crashes: number
  readonly level?: number | undefined
  /**
   * waiting: how many tasks are claimed before it; undefined when they are more than a thousand, and for a suspect that
   * is set aside.
   */
  readonly ahead?: number | undefined
  /** running: until its lease ends, ms; 0 or less when it has ended and the task is not recovered yet. */
  readonly leaseEndsInMs?: number | undefined
  /** Of a task with a key; then `ahead` counts those of its key. */
  readonly key?: string | undefined
  /** waiting: a limit that keeps it, or all of its key, or of the queue, from being claimed now. */
  readonly heldBack?: HeldBack | undefined
  /** Workers that sleep until there is work. */
  readonly idleWorkers: number
  /** Tasks whose leases are not over. */
  readonly running: number
  /** Time since the last turn of any worker, ms; undefined when there was none. */
  readonly workerSeenAgoMs?: number | undefined
  /**
   * running: how long the worker still has to reconnect after an outage, ms; `leaseEndsInMs` is 0 or less in that case.
   */
  readonly recoveryInMs?: number | undefined
  /**
   * Of a queue with partitions: the one that it is in, from 0. `ahead`, `running`, `idleWorkers` and `heldBack` are of
   * that one. Adapters leave it out.
   */
  readonly partition?: TaskPlace | undefined
}

export interface TaskPlace {
  readonly index: number
  readonly of: number
  /** It is one of those that the queue had before its number of partitions was changed. */
  readonly former?: true | undefined
}

export type QueueCommand =
  /** A waiting or delayed task is removed; a running one loses its lease at once, and its worker gets a hint. */
  | { readonly kind: 'cancel'; readonly task: TaskRef; readonly reason: string }
  /**
   * A task that waits or is delayed is other from now on, and keeps its number, id and counts: `changed` is 1, also
   * where it was so before. One that runs, has ended or is not known is left as it is: 0.
   */
  | ({ readonly kind: 'change'; readonly task: TaskRef } & TaskChange)
  /**
   * No process claims anything until `resume`, also after restarts. Running tasks continue, and lost ones are
   * recovered. `order`, of a partition only: its number among such orders, by which all partitions of a queue end with
   * the same one, whoever brings it. Done where none with this or a higher number came; of each number there is one
   * order. A queue that was paused without one has had number 1. The reply says the highest.
   */
  | { readonly kind: 'pause' | 'resume'; readonly order?: number | undefined }
  | DeadCommand
  /**
   * Deletes everything of the queue: tasks, results, dead letters, ids. Nothing is done while tasks run or workers wait
   * for work, unless forced: then leases are lost, and participants that await a task are notified that it is unknown.
   */
  | { readonly kind: 'obliterate'; readonly force: boolean }
  /**
   * Only of partitions. Seals it, see `EnqueueBatch.seals`. Where nothing is left of it, and it has been sealed for
   * `WIDTH_KEPT_MS` by the storage, all is deleted but that it is sealed, which is known for `RETIRED_KEPT_MS`, and
   * `changed` is 1; else nothing more is done: 0. As durable as `enqueue`. What is left: tasks, dead letters,
   * schedules, chores, outcomes that are kept, ids that are, and rates and holds of keys that are not over.
   */
  | { readonly kind: 'retire' }
  /**
   * Up to `limit` (at most 1,000) of the waiting, or of the delayed, end as cancelled, oldest of the lowest level
   * first; those with a key last, in any order.
   */
  | { readonly kind: 'purge'; readonly state: 'waiting' | 'delayed'; readonly reason: string; readonly limit: number }

/** What is not named stays. */
export interface TaskChange {
  /**
   * More than 0: it is delayed, and due then, also if it was blocked. 0: a delayed task goes to the end of its level,
   * as one that becomes due does, whatever the `capacity`; one that waits keeps its place.
   */
  readonly delayMs?: number | undefined
  /** Another level than its own: one that waits goes to the end of it; a suspect that is set aside stays so. */
  readonly level?: number | undefined
  /** Its own id then belongs to a task with this payload. */
  readonly payload?: string | undefined
}

export type DeadCommand =
  /**
   * At most 1,000 dead letters start a new life: `enqueuedAt` is when they become due, so that none expires while it is
   * paced.
   */
  | { readonly kind: 'redrive'; readonly tasks: readonly Redrive[] }
  /** At most 1,000 dead letters are deleted. */
  | { readonly kind: 'discard'; readonly tasks: readonly string[] }

export interface Redrive {
  readonly n: string
  /**
   * Only the letter that died at that time: so a repeated command does not touch a task that has died again meanwhile.
   */
  readonly diedAt?: number | undefined
  readonly delayMs: number
  /** Instead of the one it died with. */
  readonly payload?: string | undefined
}

/** How long a partition without anything is known to be sealed, ms: longer than anybody takes it for one of now. */
export const RETIRED_KEPT_MS = 86_400_000

export interface CommandReply {
  /**
   * How many tasks were changed (by pause, resume and obliterate: how many queues; by commands on a group: how many
   * groups).
   */
  readonly changed: number
  /**
   * redrive, always: the indices of tasks for which nothing was done: there is no such dead letter, or its own id
   * belongs to another task by now.
   */
  readonly refused?: readonly number[] | undefined
  /** obliterate: why nothing was done: tasks run, or workers wait for work. */
  readonly inUse?: 'tasks' | 'workers' | undefined
  /** purge: more tasks may be left. */
  readonly more?: boolean | undefined
  /** Of a pause or a resumption with a number: that of the last one now. */
  readonly order?: number | undefined
  /** The command was for a group that does not exist. */
  readonly absent?: boolean | undefined
}
