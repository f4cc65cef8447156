import type { QueueStats } from '@mq/core'

/** Counts what the storage itself said, without the model: each accepted task must end in one way, and once. */
export class Ledger {
  accepted = 0
  buried = 0
  redriven = 0
  discarded = 0
  /** Completed, expired, cancelled or purged. */
  over = 0

  /** How many tasks the storage says are there. */
  static alive({ waiting, delayed, running }: QueueStats): number {
    return waiting + delayed + running
  }

  /** Tasks that are missing (or, below 0, that nobody enqueued). */
  missing(stats: QueueStats): number {
    return this.accepted - this.over - this.discarded - stats.dead - Ledger.alive(stats)
  }

  /** Dead letters that are missing. */
  missingLetters({ dead, displaced }: QueueStats): number {
    return this.buried + displaced - this.redriven - this.discarded - dead
  }
}
