import type { AppLogger } from '@mq/app-kit'
import type { Broker, Handler, QueueDefinition, Worker, WorkerOptions } from '@mq/core'
import type { WorkerQueueEnv } from './env.ts'

/** What a handler may need of the process that it runs in. */
export interface HandlerParts {
  readonly broker: Broker
  readonly logger: AppLogger
  /** The name of this process. */
  readonly instance: string
  readonly env: WorkerQueueEnv
}

/** A queue, and how its tasks are handled: the default export of the file in `handlers/` with the queue's name. */
export interface QueueHandler {
  readonly name: string
  start(parts: HandlerParts, options?: Pick<WorkerOptions, 'onStop'>): Worker
}

const handlers = new WeakSet<object>()

/**
 * Declares the handler of a queue. `create` is called once, when the process starts. `options` are of its worker;
 * without them CONCURRENCY and LEASE_MS are taken.
 */
export function handle<In, Out, ResultIn, ResultOut>(
  queue: QueueDefinition<In, Out, ResultIn, ResultOut>,
  create: (parts: HandlerParts) => Handler<Out, ResultIn>,
  options: Omit<WorkerOptions, 'onStop' | 'signal'> = {},
): QueueHandler {
  const handler: QueueHandler = {
    name: queue.name,
    start: (parts, given) =>
      parts.broker.queue(queue).process(create(parts), {
        concurrency: parts.env.CONCURRENCY,
        leaseMs: parts.env.LEASE_MS,
        ...options,
        ...given,
      }),
  }
  handlers.add(handler)
  return handler
}

export function isQueueHandler(value: unknown): value is QueueHandler {
  return typeof value === 'object' && value !== null && handlers.has(value)
}
