/** What the REST of the console answers, as the page reads it. Times are ms since 1970 by the storage's clock. */

export type Role = 'viewer' | 'producer' | 'operator'

export interface Session {
  readonly role: Role
  readonly readOnly: boolean
  readonly user?: string
  readonly version: string
  readonly serverTime: number
}

export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export interface PerSecond {
  readonly enqueued: number
  readonly completed: number
  readonly failed: number
}

export interface QueueTotals {
  readonly enqueued: number
  readonly completed: number
  readonly failed: number
  readonly retried: number
  readonly dead: number
  readonly expired: number
  readonly cancelled: number
}

interface FormerPartitions {
  readonly of: number
  readonly tasks: number
  readonly dead: number
}

export interface QueueSummary {
  readonly name: string
  readonly waiting: number
  readonly delayed: number
  /** Of the delayed ones. */
  readonly blocked?: number
  readonly chores?: number
  readonly overdue: number
  readonly running: number
  readonly lapsed: number
  readonly dead: number
  readonly paused: boolean
  readonly oldestWaitMs?: number
  readonly workers: number
  readonly totals: QueueTotals
  readonly displaced: number
  readonly deadDropped: number
  readonly foreign: number
  readonly outcomes?: true | undefined
  readonly schedules?: { readonly count: number; readonly due: number; readonly dueForMs?: number }
  readonly inbox?: number | undefined
  readonly partitions?: { readonly of: number; readonly former: readonly FormerPartitions[] } | undefined
  readonly perSecond?: PerSecond
  readonly waitMs?: Percentiles
  readonly runMs?: Percentiles
}

export type ListedState = 'waiting' | 'delayed' | 'blocked' | 'running' | 'ended' | 'dead'
export type TaskState = 'waiting' | 'delayed' | 'running' | 'completed' | 'cancelled' | 'expired' | 'dead'

export interface TaskEntry {
  readonly id: string
  readonly state: TaskState
  /** delayed: until the tasks that it runs after have ended. */
  readonly blocked?: true
  readonly bytes?: number
  /** Whose it is. */
  readonly key?: string
  readonly priority?: number
  readonly enqueuedAt?: number
  readonly dueAt?: number
  readonly leaseEndsAt?: number
  readonly failures?: number
  readonly crashes?: number
  readonly endedAt?: number
  readonly reason?: string
  readonly error?: ErrorFacts
  readonly payload?: unknown
  /** Texts by name, unless redaction leaves something else. */
  readonly headers?: unknown
  readonly result?: unknown
}

export interface TaskPage {
  readonly tasks: readonly TaskEntry[]
  readonly next?: string
  /** Of a search: how many it looked at. */
  readonly scanned?: number
}

/** What may not be seen is missing. */
export interface ErrorFacts {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  readonly stack?: string
}

export interface AttemptError extends ErrorFacts {
  readonly at?: number
  readonly attempt?: number
}

/** Its `what` and what else is known of the moment depend on the storage. */
export interface TimelineEntry extends Readonly<Record<string, unknown>> {
  readonly at: number
  readonly what: string
}

export interface TaskRecord extends Omit<TaskEntry, 'dueAt' | 'leaseEndsAt' | 'bytes'> {
  readonly attempts?: number
  readonly dueInMs?: number
  readonly leaseEndsInMs?: number
  /** In the past: it is not run any more. */
  readonly expiresAt?: number
  readonly progress?: unknown
  readonly errors?: readonly AttemptError[]
  readonly logs?: readonly { readonly at: number; readonly line: unknown }[]
  /** Lines that were dropped for a bound. */
  readonly logsDropped?: number
  readonly timeline?: readonly TimelineEntry[]
  readonly malformed?: boolean
}

export interface TaskView {
  readonly task: TaskRecord
  readonly why?: {
    readonly because: string
    readonly text: string
    /** blocked: the tasks that it runs after. */
    readonly parents?: {
      readonly count: number
      readonly ended: number
      readonly failed: number
      readonly onDead: 'bury' | 'run' | 'cancel'
    }
  }
}

export interface DeadReport {
  readonly count: number
  readonly changed: number
  readonly refused: readonly string[]
}

export interface WorkerEntry {
  readonly id: string
  readonly queue?: string
  readonly channel?: string
  readonly group?: string
  readonly host: string
  readonly pid: number
  readonly concurrency: number
  readonly batchSize?: number
  readonly running: number
  readonly state: 'working' | 'paused' | 'quiet'
  readonly version: string
  readonly startedAt: number
  readonly lastSeenAt: number
  readonly connected?: boolean
  readonly alive: boolean
}

export interface StorageReport {
  readonly kind: string
  readonly version?: string
  readonly facts: readonly {
    readonly name: string
    readonly value: string | number | boolean
    readonly unit?: string
  }[]
  readonly findings: readonly {
    readonly level: 'ok' | 'warning' | 'error'
    readonly code: string
    readonly text: string
  }[]
}

export interface HistoryPoint {
  readonly at: number
  readonly waiting?: number
  readonly delayed?: number
  readonly running?: number
  readonly dead?: number
  readonly completed?: number
  readonly failed?: number
  readonly enqueued?: number
  readonly waitMs?: Percentiles
  readonly runMs?: Percentiles
}

export interface History {
  readonly resolution: '10s' | '1h'
  readonly points: readonly HistoryPoint[]
}

export interface Change {
  readonly at: number
  readonly who: string
  readonly role: string
  readonly action: string
  readonly target: string
  /** What of it, where the target does not say it. */
  readonly note?: string
  readonly outcome: string
  readonly requestId: string
}
