import type { Middleware } from '../handler/middleware.ts'

/** A worker as a program holds it. */
export interface Worker extends AsyncDisposable {
  readonly queue: string
  /**
   * Resolves when the storage answers this worker: its own call that settles and claims goes through; it claims if it
   * has room. For a health check: one call to the storage, for all who ask at one moment. Throws the signal's reason,
   * or an MqError: `wait-timeout` after `timeoutMs` (default: no limit), `closed` when it is quiet or closed, or why
   * the storage refuses it.
   */
  ready(options?: ReadyOptions): Promise<void>
  /** Stops claiming and gives back what was not started; what runs goes on. */
  quiet(): Promise<void>
  /**
   * `quiet`, then waits for the running handlers. At four fifths of `deadlineMs` (default 10,000) their signals abort
   * with `closed`; what still runs at the deadline is given back uncharged and named in `abandoned`.
   */
  close(options?: { readonly deadlineMs?: number | undefined }): Promise<CloseReport>
  /** What this worker has done and holds. No I/O. */
  stats(): WorkerStats
}

export interface WorkerOptions {
  /** How many handlers may run at once: 1–10,000. Default 10. */
  readonly concurrency?: number | undefined
  /** How long a silent worker keeps its tasks, ms: 1,000–3,600,000. Default 30,000. Running tasks are prolonged. */
  readonly leaseMs?: number | undefined
  /**
   * Hold a few tasks ready beyond `concurrency`: about 10 ms of work, none when handlers are slow. What was held for
   * 100 ms and not begun is given back, uncharged and to its place, since another worker may have time. Default true.
   */
  readonly prefetch?: boolean | undefined
  /** Around the handler, the first one outermost, inside the broker's own. */
  readonly middleware?: readonly Middleware[] | undefined
  /** Closes the worker when aborted. */
  readonly signal?: AbortSignal | undefined
}

export interface ReadyOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

export interface CloseReport {
  /** Handlers that ended while closing. */
  readonly completed: number
  /** Tasks given back unstarted. */
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
  /** Tasks sent round again, charged or not: a handler that asks for uncharged retries without end shows here. */
  readonly retried: number
  readonly buried: number
  /** Settlements that came after the lease was lost: the task ran again elsewhere. */
  readonly stale: number
  /** Calls to the storage that settle and claim. */
  readonly turns: number
}
