/** A task that is leased to a worker. */
export interface ClaimedTask {
  readonly lease: string
  readonly n: string
  /** Increases with every delivery in this queue. */
  readonly fence: number
  /** When it was enqueued, ms since 1970 by the storage's clock. */
  readonly enqueuedAt: number
  /** The storage's clock at this claim, ms since 1970. */
  readonly claimedAt: number
  /** Failures charged so far. */
  readonly failures: number
  /**
   * Leases lost so far: the process died or was stopped for too long. After the first, only those whose `start` was
   * noted; none of a grant that did not arrive.
   */
  readonly crashes: number
  readonly header: string
  readonly payload: string
  /** The last `memo` that was noted in this life of the task. */
  readonly memo?: string | undefined
  /** The stored record was not written by an adapter of this version; `payload` is the raw record. */
  readonly malformed?: boolean | undefined
}
