import type { QueueDriver } from '../ports/queue-driver.ts'
import type { Services } from '../services/services.ts'
import { Enqueuer } from '../storage-calls/enqueuer.ts'
import type { Bounds, EnqueuerEvents, TaskStore } from '../storage-calls/enqueuer.ts'
import { FollowingEnqueuer } from './following-enqueuer.ts'
import { FollowingQueue } from './following-queue.ts'
import { PartitionedQueue } from './partitioned-queue.ts'
import { RoutedEnqueuer } from './routed-enqueuer.ts'

/** By calls of each partition where the queue has some. */
export function makeEnqueuer<Answer>(
  queue: string,
  driver: QueueDriver,
  services: Services,
  bounds: Bounds,
  events: EnqueuerEvents<Answer>,
): TaskStore<Answer> {
  const make = (over: QueueDriver): TaskStore<Answer> =>
    over instanceof PartitionedQueue && over.routes
      ? new RoutedEnqueuer(queue, over, services, bounds, events)
      : new Enqueuer(queue, over, services, bounds, events)
  const isNamed = driver instanceof FollowingQueue
  return isNamed ? new FollowingEnqueuer(driver, make) : make(driver)
}
