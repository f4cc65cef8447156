import { isThenable } from '../values/is-thenable.ts'
import { checkList, show } from '../define/check.ts'
import type { BatchHandler } from './batch-handler.ts'
import type { Handler } from './handler.ts'
import { handOver } from './unreturned.ts'

/**
 * Wraps handlers: it gets the payload and the context before the next handler runs, and its return value (also a
 * verdict of `retry` or `bury`) afterwards, and may change or refuse both. It is applied once, when a worker starts;
 * the handler that it returns runs for each task.
 */
export interface Middleware {
  (next: Handler<unknown, unknown>): Handler<unknown, unknown>
  /**
   * Wraps the one call of a batch handler, once for each worker that has one. Each of its tasks passes through the
   * middleware for itself besides; its `next` resolves when the batch has an answer for it.
   */
  readonly batch?: ((next: BatchHandler<unknown, unknown>) => BatchHandler<unknown, unknown>) | undefined
}

export function checkMiddleware(middleware: readonly Middleware[]): readonly Middleware[] {
  const list = checkList('middleware', middleware)
  list.forEach((wrap: unknown, i) => {
    if (typeof wrap !== 'function') throw new TypeError(`middleware[${i}] must be a function, not ${show(wrap)}`)
  })
  return list
}

/** The handler wrapped in its middleware; the first one is the outermost. */
export function wrapped(handler: Handler<never, unknown>, middleware: readonly Middleware[]): Handler<never, unknown> {
  return middleware.reduceRight<Handler<never, unknown>>((next, wrap) => {
    const outer: unknown = wrap(noted(next as Handler<unknown, unknown>))
    if (typeof outer === 'function') return outer as Handler<never, unknown>
    throw new TypeError(`middleware must return a handler function, not ${show(outer)}`)
  }, handler)
}

/** The batch handler wrapped in what the middleware has for it. */
export function wrappedBatch(
  handler: BatchHandler<never, unknown>,
  middleware: readonly Middleware[],
): BatchHandler<never, unknown> {
  return middleware.reduceRight<BatchHandler<never, unknown>>((next, { batch }) => {
    if (batch === undefined) return next
    const outer: unknown = typeof batch === 'function' ? batch(next as BatchHandler<unknown, unknown>) : batch
    if (typeof outer === 'function') return outer as BatchHandler<never, unknown>
    throw new TypeError(`the batch of a middleware must return a handler function, not ${show(outer)}`)
  }, handler)
}

/** A verdict that a middleware replaces or catches counts as returned. */
function noted(handler: Handler<unknown, unknown>): Handler<unknown, unknown> {
  return (payload, context) => {
    let answer: unknown
    try {
      answer = handler(payload, context)
    } catch (thrown) {
      handOver(thrown)
      throw thrown
    }
    if (isThenable(answer)) return followed(answer)
    handOver(answer)
    return answer
  }
}

async function followed(answer: PromiseLike<unknown>): Promise<unknown> {
  try {
    const value = await answer
    handOver(value)
    return value
  } catch (thrown) {
    handOver(thrown)
    throw thrown
  }
}
