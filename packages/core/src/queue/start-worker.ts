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
import type { PlainStorage } from '../ports/plain.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import type { Services } from '../services/services.ts'
import { handOverWork } from './hand-over.ts'

interface Parts {
  readonly definition: QueueDefinition<any, any, any, any>
  readonly driver: QueueDriver & QueueAdmin
  readonly plain: PlainStorage | undefined
  readonly services: Services
  readonly flows: FlowStore
  /** Throws when the broker is closing: a worker that starts now would not be closed. */
  readonly assertOpen: () => void
  readonly events: Pick<HandleEvents, 'onWorker'>
}

/** A worker of a queue whose handler gets one task. */
export function startWorker(parts: Parts, handler: Handler<never, unknown>, options: WorkerOptions): Worker {
  checkHandler('process', handler, parts)
  parts.assertOpen()
  return createWorker({ ...workerParts(parts), work: workFor(parts, handler) }, options)
}

/** A worker of a queue whose handler gets batches. */
export function startBatchWorker(parts: Parts, handler: BatchHandler<never, unknown>, options: BatchOptions): Worker {
  checkHandler('processBatch', handler, parts)
  parts.assertOpen()
  const workOf = (one: Handler<never, unknown>): Work => workFor(parts, one)
  return createBatchWorker({ ...workerParts(parts), workOf }, handler, options)
}

/** A worker that pushes tasks to the outbox of its queue. */
export function startHandOver(parts: Parts, options: WorkerOptions): Worker {
  const { definition, plain } = parts
  const { name, outbox } = definition
  if (!outbox || !plain) throw new TypeError(`queue ${name} has no outbox: declare it, e.g. outbox: 'tasks'`)
  parts.assertOpen()
  return createWorker({ ...workerParts(parts), work: handOverWork(definition, outbox, plain) }, options)
}

function checkHandler(method: string, handler: unknown, { definition: { name, outbox } }: Parts): void {
  if (typeof handler !== 'function') {
    throw new TypeError(`${method} takes a handler function, then options, not ${show(handler)}`)
  }
  if (outbox) throw new TypeError(`queue ${name} has an outbox: its tasks are handed over`)
}

function workFor({ definition, driver }: Parts, handler: Handler<never, unknown>): Work {
  return workOf(definition, handler as Handler<any, any>, driver.limits !== undefined)
}

function workerParts({ definition: { name }, driver, services, flows, events }: Parts): Omit<WorkerParts, 'work'> {
  return { name, driver, services, flows, begun: (worker) => events.onWorker(worker, name) }
}
