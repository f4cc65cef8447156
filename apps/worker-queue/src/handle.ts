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

export interface HandleOptions<Definition> extends Omit<WorkerOptions, 'onStop' | 'signal'> {
  readonly define?: ((env: WorkerQueueEnv) => Definition) | undefined
}

const handlers = new WeakSet<object>()

/**
 * Declares the handler of a queue. `create` is called once, when the process starts. `options` are of its worker;
 * without them CONCURRENCY and LEASE_MS are taken. `define` may give it lists of other programs; where it has an
 * outbox, its tasks are handed over instead.
 */
export function handle<In, Out, ResultIn, ResultOut>(
  queue: QueueDefinition<In, Out, ResultIn, ResultOut>,
  create: (parts: HandlerParts) => Handler<Out, ResultIn>,
  { define = () => queue, ...options }: HandleOptions<typeof queue> = {},
): QueueHandler {
  const handler: QueueHandler = {
    name: queue.name,
    start(parts, given) {
      const { CONCURRENCY: concurrency, LEASE_MS: leaseMs } = parts.env
      const all = { concurrency, leaseMs, ...options, ...given }
      const definition = define(parts.env)
      const open = parts.broker.queue(definition)
      return definition.outbox ? open.handOver(all) : open.process(create(parts), all)
    },
  }
  handlers.add(handler)
  return handler
}

export function isQueueHandler(value: unknown): value is QueueHandler {
  return typeof value === 'object' && value !== null && handlers.has(value)
}
