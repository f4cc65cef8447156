import type { Backoff } from '../define/backoff.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import type { BatchHandler } from '../handler/batch-handler.ts'
import type { Handler } from '../handler/handler.ts'
import type { BatchOptions, Worker, WorkerOptions } from '../engine/worker.ts'
import type { QueueStats } from '../ports/queue-admin.ts'
import type { KeyPage } from '../ports/queue-limits.ts'
import type { HistoryPoint } from '../ports/history.ts'
import type { HistoryOptions } from './read-history.ts'
import type { DeadLetters } from '../dead/dead-letters.ts'
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
   * Resolves once no task waits, is delayed or runs. Throws `wait-timeout`. Asks the storage at least once a second.
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

export interface EnqueueOptions {
  /**
   * An id of your own, 1–128 characters of `A–Z a–z 0–9 . _ : -`. While such a task lives, at least 60 s after its end,
   * and then as long as its outcome is kept, enqueueing it again gives the same task; with another payload it throws
   * `id-conflict`. Ids of `n` and 15 or more digits are the storage's own.
   */
  readonly id?: string | undefined
  /**
   * For `windowMs` from the first, tasks with the same `key` (1–128 characters) are one task, whatever their payload.
   * Not together with `id`.
   */
  readonly dedupe?: { readonly key: string; readonly windowMs: number } | undefined
  /**
   * What happens when the `id` or key already belongs to a task. `keep` (default): nothing is added, and
   * `task.existing` is true, also when that task was cancelled or has another delay. `replace`: a waiting or delayed
   * task ends as cancelled (reason `replaced`) and this one takes its id; one that has ended is started anew; while it
   * runs, this throws `id-conflict`.
   */
  readonly existing?: 'keep' | 'replace' | undefined
  /** The task is not started before this time has passed, ms. Default 0. */
  readonly delayMs?: number | undefined
  /** 0–9, 9 first. Default 4. Of tasks with a key, among those of its key. */
  readonly priority?: number | undefined
  /**
   * Whose task it is: a tenant, an account, a host. 1–256 characters, any Unicode. Workers serve the keys in turn, one
   * task of each, and those without a key as one more, so that many tasks of one key keep no other waiting;
   * `limits.perKey` holds for each. Throws `unsupported` where the adapter has none.
   */
  readonly key?: string | undefined
  /**
   * How many such tasks make up one turn of their key: its share beside other keys. 1–1,000; default 1. Needs a `key`.
   */
  readonly weight?: number | undefined
  /** Overrides the queue's `timeoutMs`. */
  readonly timeoutMs?: number | undefined
  /** If the task has not started within this time, it ends as `expired`, ms from now. Default: never. */
  readonly expiresInMs?: number | undefined
  /** How often its handler may run, the first time included, 1–1,000. Overrides the queue's `attempts`. */
  readonly attempts?: number | undefined
  /**
   * The pause before each further attempt. Overrides the queue's `backoff`, also one that is a function; since it is
   * stored with the task, it is none itself.
   */
  readonly backoff?: Backoff | undefined
  /**
   * Whether the result of this task is kept after its end: overrides the queue's `keep.results`. `false`: whoever
   * awaits it at its end still gets it. `true`: within the bounds of the queue, or the defaults where it keeps none.
   */
  readonly keep?: { readonly results: boolean } | undefined
  /** Stored with the payload, for example a trace id or a tenant. At most 8 KiB as JSON. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Stops waiting for room in a full queue, or for a storage that is unavailable. */
  readonly signal?: AbortSignal | undefined
}

export type EnqueueEntry<In> = { readonly payload: In } & Omit<EnqueueOptions, 'signal'>
export type EnqueueAllOptions = Pick<EnqueueOptions, 'signal'>
