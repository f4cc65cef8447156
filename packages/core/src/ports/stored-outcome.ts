/** How a task ended, as storages keep it. */
export interface StoredOutcome {
  readonly state: 'completed' | 'dead' | 'cancelled' | 'expired'
  /** When it ended, ms since 1970 by the storage's clock. */
  readonly endedAt: number
  /** completed: the result, if there is one; cancelled: the reason; dead: core's detail. */
  readonly body?: string | undefined
  /** dead: why. */
  readonly reason?: string | undefined
}
