import type { QueueDefinition } from '../define/define-queue.ts'
import type { Division } from '../partitions/dividing.ts'
import type { BatchHandler } from '../handler/batch-handler.ts'
import type { Handler } from '../handler/handler.ts'
import type { BatchOptions, Worker, WorkerOptions } from '../engine/worker.ts'
import type { QueueStats } from '../ports/queue-admin.ts'
import type { KeyPage } from '../ports/queue-limits.ts'
import type { HistoryPoint } from '../ports/history.ts'
import type { HistoryOptions } from './read-history.ts'
import type { DeadLetters } from '../dead/dead-letters.ts'
import type { EnqueueAllOptions, EnqueueEntry, EnqueueOptions } from '../define/enqueue-options.ts'
import type { Explanation } from './explain.ts'
import type { Outcomes } from './outcomes.ts'
import type { KeysOptions, LiveLimits } from './queue-sharing.ts'
import type { ScheduleBook } from '../schedules/schedule-book.ts'
import type { TaskPages, TasksOptions } from './task-pages.ts'
import type { Task, WaitOptions } from './task.ts'

/** A queue as a program holds it: each task goes to one of the workers that process it, in any process. */
export interface Queue<In = unknown, Out = In, ResultIn = unknown, ResultOut = ResultIn> {
  readonly name: string
  readonly definition: QueueDefinition<In, Out, ResultIn, ResultOut>
  /**
   * Adds a task. Once this resolves, the task is stored. Concurrent calls share round trips.
   * Throws an MqError: `invalid-payload`, `payload-too-large`, `invalid-id`, `id-conflict`, `queue-full`,
   * `storage-full`, or `unavailable`, which means unknown: enqueue again with the same `id` to be sure that there is
   * one such task.
   */
  enqueue(payload: In, options?: EnqueueOptions): Promise<Task<ResultOut, In>>
  /** Adds up to 1,000 tasks, at most 4 MiB together, all or none. Throws as `enqueue` does, and `batch-too-large`. */
  enqueueAll(entries: readonly EnqueueEntry<In>[], options?: EnqueueAllOptions): Promise<Task<ResultOut, In>[]>
  /** A handle on a task by its id. No I/O. */
  task(id: string): Task<ResultOut, In>
  /** Starts a worker in this process. */
  process(handler: Handler<Out, ResultIn>, options?: WorkerOptions): Worker
  /**
   * Starts a worker whose handler gets up to `size` tasks in one call, gathered for `waitMs` at the most. All else is
   * as of a worker of single tasks, and is so for each of them: its answer, its retries, timeout, cancel, lease,
   * progress, middleware.
   */
  processBatch(handler: BatchHandler<Out, ResultIn>, options?: BatchOptions): Worker
  /**
   * Starts a worker that pushes each task to the `outbox` of the definition, for programs without this library. A task
   * is complete when it is in the list; after a fault the list may have it twice.
   */
  handOver(options?: WorkerOptions): Worker
  /** Counts of now, in `totals` those since it was made, and in `recent` rates and times of the last minutes. */
  stats(): Promise<QueueStats>
  /**
   * What went through and what was there, in periods of 10 s (of the last 24 hours) or an hour (of the last 90 days),
   * oldest first, those that begin or end between `from` and `to`. Periods in which no worker reported are missing, and
   * so are those in which nothing was there and nothing happened. Throws `unsupported` where the adapter has none.
   */
  history(options: HistoryOptions): Promise<HistoryPoint[]>
  /**
   * The tasks in a state, page by page: `for await (const { tasks } of queue.tasks({ state: 'waiting' }))`, or one
   * page by `first()`, and the one behind it by `after: page.next`. Every task that is in the state from the first
   * page to the last comes at least once; one that comes, goes or moves meanwhile may come twice, or not. A page
   * costs the storage O(limit), however many there are (in memory, delayed and running ones O(how many there are)).
   * Throws an MqError: `invalid-options` at once, and from a page for an `after` that is none of ours.
   */
  tasks(options: TasksOptions): TaskPages
  /**
   * The ends of all tasks, while a definition of the queue has `outcomes`: `subscribe` for what ends from now on,
   * `consume` to handle each at least once. Throws `unsupported` where the adapter has none.
   */
  readonly outcomes: Outcomes<ResultOut>
  /**
   * The limits that all workers share, to read and to change while they work. Throws `unsupported` where the adapter
   * has none.
   */
  readonly limits: LiveLimits
  /**
   * A page of the keys whose tasks wait or run: how many, since when, and what holds them back. In no order; a key that
   * comes or goes meanwhile may be missing, or come twice. O(limit). Throws an MqError: `invalid-options`, and
   * `unsupported` where the adapter has no keys.
   */
  keys(options?: KeysOptions): Promise<KeyPage>
  /**
   * The schedules that are kept in this queue, as `@mq/scheduler` uses them. Throws `unsupported` where the adapter
   * keeps none.
   */
  readonly schedules: ScheduleBook<In>
  /** The dead letters of this queue: to list, run again (redrive), or delete (discard). */
  readonly dead: DeadLetters<In>
  /**
   * No worker of any process claims until `resume()`, not even after a restart. Running tasks continue; tasks that
   * workers claimed ahead are released within milliseconds (at the next poll, if the hint is lost). Enqueueing still
   * works. Returns whether this changed anything.
   */
  pause(): Promise<boolean>
  resume(): Promise<boolean>
  /**
   * Resolves once no task waits, is delayed or runs, and nothing is left to be done for tasks that follow others, which
   * needs a worker. Throws `wait-timeout`. Asks the storage at least once a second.
   */
  drain(options?: WaitOptions): Promise<void>
  /**
   * Ends all tasks that have not started as cancelled, 1,000 at a time; callers that await these tasks get that
   * outcome. Returns their number.
   */
  purge(options?: PurgeOptions): Promise<number>
  /**
   * Deletes everything of the queue, for good: tasks, results, dead letters, ids, counts. Throws `queue-in-use`, and
   * does nothing, while tasks run or workers wait for work; with `force` running handlers are aborted with
   * `lease-lost`, and callers that await a task get `result-expired`. The queue can be used again afterwards; it is
   * then a new one.
   */
  obliterate(options?: { readonly force?: boolean | undefined }): Promise<void>
  /**
   * **A preview**, for queues that can be drained when it fails: docs/partitions.md lists what it does not keep yet.
   * Gives a queue that has partitions another number of them, 2–64, while it is used. New tasks go to the new
   * partitions; those of before keep their tasks, and keys that have some there, until these have ended. Called again,
   * also with the number that it has, it goes on where a crash left it, and says what is left. Resolves with the number
   * that it has, and with those that it had whose partitions are not empty yet. Costs a few calls for each partition.
   * Throws an MqError: `unsupported` where the queue has no partitions, or has limits of all its tasks together
   * (`limits.concurrency`, `limits.rate`), `partitions-busy`, and `invalid-options` without `preview`.
   */
  repartition(partitions: number, options: { readonly preview: true }): Promise<Division>
  /** Explains why a task is not running. It only reads. */
  explain(id: string): Promise<Explanation>
}

export interface PurgeOptions {
  /** Which tasks. Default: both, the waiting and the delayed ones. */
  readonly state?: 'waiting' | 'delayed' | undefined
  /** The reason that those who await these tasks get. Default `purged`. */
  readonly reason?: string | undefined
  /** Stops between two batches. */
  readonly signal?: AbortSignal | undefined
}
