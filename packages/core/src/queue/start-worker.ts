import { show } from '../define/check.ts'
import { createBatchWorker } from '../engine/create-batch-worker.ts'
import { createWorker } from '../engine/create-worker.ts'
import { workOf } from '../engine/work.ts'
import type { Work } from '../engine/work.ts'
import type { BatchOptions, Worker, WorkerOptions } from '../engine/worker.ts'
import type { HandleEvents, WorkerParts } from '../engine/worker-parts.ts'
import type { BatchHandler } from '../handler/batch-handler.ts'
import type { Handler } from '../handler/handler.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import type { Services } from '../services/services.ts'

interface Parts {
  readonly definition: QueueDefinition<any, any, any, any>
  readonly driver: QueueDriver & QueueAdmin
  readonly services: Services
  /** Throws when the broker is closing: a worker that starts now would not be closed. */
  readonly assertOpen: () => void
  readonly events: Pick<HandleEvents, 'onWorker'>
}

/** A worker of a queue whose handler gets one task. */
export function startWorker(parts: Parts, handler: Handler<never, unknown>, options: WorkerOptions): Worker {
  checkHandler('process', handler)
  parts.assertOpen()
  return createWorker({ ...workerParts(parts), work: workFor(parts, handler) }, options)
}

/** A worker of a queue whose handler gets batches. */
export function startBatchWorker(parts: Parts, handler: BatchHandler<never, unknown>, options: BatchOptions): Worker {
  checkHandler('processBatch', handler)
  parts.assertOpen()
  const workOf = (one: Handler<never, unknown>): Work => workFor(parts, one)
  return createBatchWorker({ ...workerParts(parts), workOf }, handler, options)
}

function checkHandler(method: string, handler: unknown): void {
  if (typeof handler === 'function') return
  throw new TypeError(`${method} takes a handler function, then options, not ${show(handler)}`)
}

function workFor({ definition, driver }: Parts, handler: Handler<never, unknown>): Work {
  return workOf(definition, handler as Handler<any, any>, driver.limits !== undefined)
}

function workerParts({ definition: { name }, driver, services, events }: Parts): Omit<WorkerParts, 'work'> {
  return { name, driver, services, begun: (worker) => events.onWorker(worker, name) }
}
