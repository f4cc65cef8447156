import type { TreeCounts } from '../flows/cancel-tree.ts'
import type { FlowGraph, GraphOptions } from '../flows/flow-graph.ts'
import type { EndedOutcome } from '../wire/ended-outcome.ts'
import type { TaskLogs } from './task-logs.ts'
import type { TaskRecord } from './task-record.ts'

/** What became of a task, and of those that run after it. */
export interface TreeCancelled {
  /** As `cancel` answers. */
  readonly outcome: 'cancelled' | 'too-late'
  /** Of those that run after it: how many were cancelled, and how many had ended before, or are not known any more. */
  readonly others: TreeCounts
}

/** A handle on one task. Creating one needs no I/O; each method calls the storage. */
export interface Task<Result = unknown, In = any> {
  /** The caller's own id, or the one the storage gave (`n` and digits). */
  readonly id: string
  /** The name of its queue. */
  readonly queue: string
  /** True when `enqueue` found a task with this id or key and added nothing. False for a handle of `queue.task(id)`. */
  readonly existing: boolean
  /**
   * Waits for the handler's result. Any number of callers may wait, and begin to wait at any time. Throws an MqError
   * `task-dead`, `task-cancelled`, `task-expired`, `result-expired` (nothing is kept of the task) or `wait-timeout`;
   * the signal's reason when it aborts.
   */
  result(options?: WaitOptions): Promise<Result>
  /**
   * How the task ended; `pending` when it has not within `timeoutMs` (0: look once). Throws the signal's reason only.
   */
  outcome(options?: WaitOptions): Promise<Outcome<Result>>
  /** The state of the task now. One round trip. */
  status(): Promise<TaskStatus>
  /**
   * All that is known of the task, for people: payload, headers, attempts, failures with their errors, where it is, how
   * it ended, and when;
   * undefined when nothing is known of it. Changes nothing, checks no schema, and shows what cannot be decoded as it
   * is. One round trip.
   */
  read(): Promise<TaskRecord | undefined>
  /**
   * What the handler logged by `context.log` in all attempts since the task was enqueued or redriven; undefined when it
   * logged nothing, when the task ended without a dead letter, or nothing is known of it. One round trip.
   */
  logs(): Promise<TaskLogs | undefined>
  /**
   * Removes a waiting or delayed task; takes a running one from its worker at once and aborts its handler's signal.
   * Returns `too-late` when the task has ended or is not known. With `tree` all tasks that run after it, directly or
   * not, are cancelled before it, also where it has ended, as by `cancelTree`; a round trip for each of them.
   */
  cancel(options?: {
    readonly reason?: string | undefined
    readonly tree?: boolean | undefined
  }): Promise<'cancelled' | 'too-late'>
  /**
   * Cancels it after all that run after it, directly or not, also where it has ended, and says how many these were. A
   * round trip for each. Throws `unsupported` where the adapter has no flows; after another error some may have been
   * cancelled: call again.
   */
  cancelTree(options?: { readonly reason?: string | undefined }): Promise<TreeCancelled>
  /**
   * The tasks that it runs after, and those that run after it, in all queues, and theirs: for people, and bounded.
   * Throws `unsupported` where the adapter has no flows.
   */
  graph(options?: GraphOptions): Promise<FlowGraph>
  /**
   * Makes a delayed task wait for a worker now, after those of its priority that wait already; also a task whose retry
   * is delayed. This and the next three methods can be called from any process and take effect at once; the task keeps
   * its id and its counts. Returns `changed`, also when nothing had to be changed, or `too-late` when the task runs,
   * has ended or is not known. Throws `unavailable` when it is unknown whether it was changed.
   */
  promote(): Promise<Changed>
  /**
   * Makes the task due `delayMs` from now, by the storage's clock; 0 promotes it. Its `expiresInMs` is not changed.
   */
  reschedule(options: { readonly delayMs: number }): Promise<Changed>
  /**
   * Sets the priority, 0–9, 9 first. When it differs from the old one, the task goes to the end of its new priority.
   */
  changePriority(priority: number): Promise<Changed>
  /**
   * Replaces the payload, checked as by `enqueue`; also throws `invalid-payload` and `payload-too-large`. An `id` of
   * your own then belongs to this payload. Steps that the handler did by `once` in earlier attempts stay done.
   */
  update(payload: In): Promise<Changed>
  /**
   * An iterable of what the handler reports from now on; it ends when the task ends. A slow reader gets only the newest
   * report, and one of equal ones in a row.
   */
  progress(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<unknown>
}

export type Changed = 'changed' | 'too-late'

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** Default: no limit. */
  readonly timeoutMs?: number | undefined
}

export type Outcome<Result = unknown> =
  | EndedOutcome<Result>
  | { readonly state: 'pending' }
  /** The task never existed, or nothing is kept of it any more. */
  | { readonly state: 'unknown' }

export interface TaskStatus {
  readonly state: 'waiting' | 'delayed' | 'running' | 'completed' | 'dead' | 'cancelled' | 'expired' | 'unknown'
  /** delayed: the time until it is due; undefined while it is blocked. */
  readonly dueInMs?: number | undefined
  /** delayed: until the tasks that it runs after have ended. */
  readonly blocked?: true | undefined
  /** running: what the handler reported last. */
  readonly progress?: unknown
}
