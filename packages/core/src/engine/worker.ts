import type { Middleware } from '../handler/middleware.ts'

/** A worker as a program holds it. */
export interface Worker extends AsyncDisposable {
  readonly queue: string
  /**
   * Resolves when the storage has answered a turn of this worker, the call that settles and claims; it claims if a slot
   * is free. For health checks: simultaneous calls share one call to the storage. Throws the signal's reason, or an
   * MqError: `wait-timeout` after `timeoutMs` (default: no limit), `closed` when it is quiet or closed, or the error
   * with which the storage refuses it.
   */
  ready(options?: ReadyOptions): Promise<void>
  /**
   * How many handlers may run at once: 1–10,000. May be set at any time. Lowered, it ends no handler that runs: none is
   * started until fewer run, and what was claimed and not started is released. Throws a TypeError.
   */
  concurrency: number
  /** Stops claiming, and releases tasks that were not started; running handlers continue. */
  quiet(): Promise<void>
  /** Claims again after `quiet`. Throws an MqError `closed` when the worker closes or is closed. */
  resume(): void
  /**
   * `quiet`, then waits for the running handlers. At four fifths of `deadlineMs` (default 10,000) their signals abort
   * with `closed`; tasks that still run at the deadline are released uncharged and listed in `abandoned`.
   */
  close(options?: { readonly deadlineMs?: number | undefined }): Promise<CloseReport>
  /** What this worker has done and holds. No I/O. */
  stats(): WorkerStats
}

export interface WorkerOptions {
  /** How many handlers may run at once: 1–10,000. Default 10. */
  readonly concurrency?: number | undefined
  /**
   * How long a worker that no longer calls the storage keeps its tasks, ms: 1,000–3,600,000. Default 30,000. A live
   * worker prolongs the leases of its tasks.
   */
  readonly leaseMs?: number | undefined
  /**
   * Whether to claim a few tasks beyond `concurrency`, so that slots do not wait for the network: about 10 ms of work,
   * none when handlers are slow. A task that was held for 100 ms and not begun is released, uncharged and to its old
   * place, because another worker may have a free slot. Default true.
   */
  readonly prefetch?: boolean | undefined
  /** Wraps the handler; the first one is the outermost. Middleware of the broker wraps these. */
  readonly middleware?: readonly Middleware[] | undefined
  /**
   * Called when another process stops this worker, by `broker.worker(id).stop()`, before it closes as by `close()`. It
   * may close it by itself, with a deadline of its own, or the whole broker, so that the process ends. What it throws
   * goes to `onError`.
   */
  readonly onStop?: ((stop: StopRequest) => unknown) | undefined
  /** Closes the worker when aborted. */
  readonly signal?: AbortSignal | undefined
}

/** As of a worker of single tasks, but for `concurrency`, which counts batches; its default is 1. */
export interface BatchOptions extends WorkerOptions {
  /**
   * The most tasks of a call: 1–1,000. Default 100. Their payloads are about 4 MiB together at the most. With all
   * calls that may run at once (`concurrency`) at most 10,000.
   */
  readonly size?: number | undefined
  /**
   * How long the first task waits for others, ms: 0–3,600,000. Default 100. With 0 a batch is what there is at once.
   * The time for which no slot is free counts.
   */
  readonly waitMs?: number | undefined
  /**
   * What becomes of the tasks of a call that fails as a whole: it throws, takes longer than their `timeoutMs`, or
   * answers what is no answer for each (`invalid-answers`). `alone` (default): the failure is charged to none, since
   * nobody knows whose it is; each goes back to its place, and runs again in a call of its own, until it ends. So one
   * task cannot bury its neighbours. `together`: it is a failure of each, and those that are retried meet in batches
   * again. A call with one task is that task.
   */
  readonly retry?: 'alone' | 'together' | undefined
}

/** Another process asked for the end of a worker. */
export interface StopRequest {
  /** Who asked, as they said; undefined where they did not. */
  readonly by?: string | undefined
}

export interface ReadyOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

export interface CloseReport {
  /** Handlers that ended while closing. */
  readonly completed: number
  /** Tasks that were released without being started. */
  readonly released: number
  /** Ids whose handlers did not end in time. */
  readonly abandoned: readonly string[]
}

export interface WorkerStats {
  readonly running: number
  readonly buffered: number
  readonly completed: number
  /** Attempts that failed. */
  readonly failed: number
  /** Retries, charged or not. A handler that asks for uncharged retries without end is visible here. */
  readonly retried: number
  readonly buried: number
  /** Settlements that were refused because the lease was lost: the task ran again elsewhere. */
  readonly stale: number
  /** Calls to the storage that settle and claim. */
  readonly turns: number
}
