import type { Handler } from './handler/handler.ts'
import type { Queue } from './queue/queue.ts'
import type { QueueDefinition } from './define/define-queue.ts'

/** A queue as `broker.queue` returns it, for code that receives one: `constructor(emails: QueueOf<typeof emails>)`. */
export type QueueOf<D extends QueueDefinition<any, any, any, any>> =
  D extends QueueDefinition<infer In, infer Out, infer ResultIn, infer ResultOut>
    ? Queue<In, Out, ResultIn, ResultOut>
    : never

/**
 * The handler that `process` takes, for a handler in a file of its own: `export const send: HandlerOf<typeof emails> =
 * async (email) => …`.
 */
export type HandlerOf<D extends QueueDefinition<any, any, any, any>> =
  D extends QueueDefinition<any, infer Out, infer ResultIn, any> ? Handler<Out, ResultIn> : never

/** What `enqueue` takes: before the schema parsed it. The handler's is `Parameters<HandlerOf<D>>[0]`. */
export type PayloadOf<D extends QueueDefinition<any, any, any, any>> =
  D extends QueueDefinition<infer In, any, any, any> ? In : never

/** What `task.result()` gives: after the schema parsed it. */
export type ResultOf<D extends QueueDefinition<any, any, any, any>> =
  D extends QueueDefinition<any, any, any, infer ResultOut> ? ResultOut : never
