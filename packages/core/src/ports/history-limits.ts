/**
 * What a channel keeps. Beyond a bound the oldest messages are dropped that every group was given; beyond
 * `unreadFactor` times a bound also those that a group was not given.
 */
export interface HistoryLimits {
  readonly maxAgeMs?: number | undefined
  readonly maxCount?: number | undefined
  /** Of the bodies. */
  readonly maxBytes?: number | undefined
  readonly unreadFactor: number
  /**
   * A group without a member for this time is removed, so that no log is kept for it. Exact to a second or two. A
   * member is a worker that makes turns, or that holds a lease that has not ended.
   */
  readonly groupExpiresMs: number
}
