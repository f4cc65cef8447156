import type { ErrorFacts } from '../wire/error-facts.ts'

/** A handle on one task. Creating one needs no I/O; each method calls the storage. */
export interface Task<Result = unknown, In = any> {
  /** The caller's own id, or the one the storage gave (`n` and digits). */
  readonly id: string
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
   * Removes a waiting or delayed task; takes a running one from its worker at once and aborts its handler's signal.
   * Returns `too-late` when the task has ended or is not known.
   */
  cancel(options?: { readonly reason?: string | undefined }): Promise<'cancelled' | 'too-late'>
  /**
   * A delayed task waits from now on, behind those of its priority that wait already; also one that is to be tried
   * again later. As the three below: from any process, at once, and the task keeps its id and what it has been through.
   * `changed` also where it was so before; `too-late` when it runs, has ended or is not known. Throws `unavailable`
   * where nobody knows whether it was changed.
   */
  promote(): Promise<Changed>
  /** It is due in so many ms from now, by the storage's clock; 0 promotes it. Its `expiresInMs` goes on. */
  reschedule(options: { readonly delayMs: number }): Promise<Changed>
  /** 0–9, 9 first. Of another priority than before, it goes to the end of those of its new one. */
  changePriority(priority: number): Promise<Changed>
  /**
   * Another payload, checked as `enqueue` checks it; throws `invalid-payload` and `payload-too-large` likewise. An `id`
   * of its own stands for this payload then. What its handler did `once` in earlier attempts stays done.
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
  | { readonly state: 'completed'; readonly result: Result; readonly endedAt: number }
  | {
      readonly state: 'dead'
      readonly reason: string
      readonly error: ErrorFacts | undefined
      readonly endedAt: number
    }
  | { readonly state: 'cancelled'; readonly reason: string; readonly endedAt: number }
  | { readonly state: 'expired'; readonly endedAt: number }
  | { readonly state: 'pending' }
  /** The task never existed, or nothing is kept of it any more. */
  | { readonly state: 'unknown' }

export interface TaskStatus {
  readonly state: 'waiting' | 'delayed' | 'running' | 'completed' | 'dead' | 'cancelled' | 'expired' | 'unknown'
  /** delayed: the time until it is due. */
  readonly dueInMs?: number | undefined
  /** running: what the handler reported last. */
  readonly progress?: unknown
}
