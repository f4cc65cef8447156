/** An attempt that was charged and followed by a retry. */
export interface FailedAttempt {
  /** ms since 1970 by the storage's clock. */
  readonly at: number
  /** From 1. */
  readonly attempt: number
  /** As the settlement had it. */
  readonly error: string
}

/** What a task's handler logged, oldest first. */
export interface StoredLog {
  /** `at`: when it was stored, ms since 1970 by the storage's clock; `line` as it was noted. */
  readonly lines: readonly { readonly at: number; readonly line: string }[]
  /** Lines that are missing: before these for a bound, or anywhere because they could not be stored. */
  readonly dropped: number
}

/** What is stored of a task that has not ended, or is dead. */
export interface TaskContent {
  readonly enqueuedAt: number
  readonly header: string
  readonly payload: string
  /** As of `ClaimedTask`. */
  readonly malformed?: boolean | undefined
  /** The last `MAX_KEPT_ERRORS` of this life, oldest first; absent when there is none. */
  readonly errors?: readonly FailedAttempt[] | undefined
  /** Of this life; absent when nothing was logged. */
  readonly log?: StoredLog | undefined
}
