import type { Clock } from '../clock.ts'
import type { Partition } from '../ports/plain.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import type { Widths } from '../ports/widths.ts'
import type { Spread } from './enqueueing.ts'

/** What a queue with partitions is made of. */
export interface PartitionedParts {
  readonly queue: string
  /** How many partitions it has where nothing is known of it. */
  readonly of: number
  readonly open: (partition: Partition) => QueueDriver & QueueAdmin
  readonly widths: Widths
  /** It is used by its name, and has as many as somebody else's definition says. Default false. */
  readonly observes?: boolean | undefined
  readonly clock: Clock
  readonly onError: (error: Error) => void
  /** Ends what goes on in the background. */
  readonly closed?: AbortSignal | undefined
  /** Default: one partition after the other. */
  readonly spread?: Spread | undefined
  /** Into how many parts limits and capacities are shared out. Default: as many as there are partitions. */
  readonly sharedBy?: number | undefined
  /** Where workers and producers begin. Default: each elsewhere. */
  readonly begin?: number | undefined
  /** How long a hint that nobody follows waits until it is passed on, ms. */
  readonly passOnMs?: number | undefined
  /** A worker with nothing to report has all partitions counted. Default: one after the other. */
  readonly looksAtAll?: boolean | undefined
}
