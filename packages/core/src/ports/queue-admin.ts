import type { StoredOutcome } from './queue-driver.ts'

/** What people and waiting producers ask of a queue. Not the hot path, but every call is bounded all the same. */
export interface QueueAdmin {
  /**
   * The state of up to 1,000 tasks. With `watch`, each that is pending sends one `ended` hint (and `progress` hints) to
   * this participant. Reading and watching are one step, so no end falls between them.
   */
  read(tasks: readonly TaskRef[], options?: { readonly watch?: boolean | undefined }): Promise<readonly TaskReading[]>
  /** Dead letters, newest first. */
  list(query: ListQuery): Promise<readonly DeadTask[]>
  stats(): Promise<QueueStats>
  apply(command: QueueCommand): Promise<CommandReply>
}

/** A task by its number, or by its caller's own id. */
export type TaskRef = { readonly n: string } | { readonly id: string }

export type TaskReading =
  | { readonly state: 'waiting' | 'running'; readonly n: string; readonly progress?: string | undefined }
  | { readonly state: 'delayed'; readonly n: string; readonly dueInMs: number }
  | { readonly state: 'ended'; readonly n: string; readonly outcome: StoredOutcome }
  /** Never there, or ended so long ago that nothing is kept. */
  | { readonly state: 'unknown' }

export interface ListQuery {
  readonly state: 'dead'
  readonly offset: number
  /** At most 1,000. */
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
}

export interface QueueStats {
  readonly waiting: number
  readonly delayed: number
  readonly running: number
  readonly dead: number
}

/** Cancel: a waiting or delayed task is removed, a running one loses its lease at once and its worker gets a hint. */
export type QueueCommand = { readonly kind: 'cancel'; readonly task: TaskRef; readonly reason: string }

/** `too-late`: it has ended, or was never there. */
export interface CommandReply {
  readonly result: 'cancelled' | 'too-late'
}
