import type { QueueDriver } from '../ports/queue-driver.ts'
import type { Services } from '../services/services.ts'
import { Enqueuer } from '../storage-calls/enqueuer.ts'
import type { Bounds, EnqueuerEvents, TaskStore } from '../storage-calls/enqueuer.ts'
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
  return driver instanceof PartitionedQueue && driver.routes
    ? new RoutedEnqueuer(queue, driver, services, bounds, events)
    : new Enqueuer(queue, driver, services, bounds, events)
}
