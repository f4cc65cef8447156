import type { QueueDriver } from '../ports/queue-driver.ts'
import type { Division } from './dividing.ts'
import { FollowingQueue } from './following-queue.ts'
import { PartitionedQueue } from './partitioned-queue.ts'

/** What gives a queue another number of partitions. Undefined: it has none. */
export function dividerOf(driver: QueueDriver): ((of: number) => Promise<Division>) | undefined {
  const isDivided = driver instanceof PartitionedQueue || driver instanceof FollowingQueue
  return isDivided ? (of) => driver.divide(of) : undefined
}
