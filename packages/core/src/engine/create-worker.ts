import { checkBoolean, checkFunction, checkInteger, checkOptions, checkSignal } from '../define/check.ts'
import { checkMiddleware, wrapped } from '../handler/middleware.ts'
import type { Middleware } from '../handler/middleware.ts'
import type { Batches } from './batches.ts'
import { checkConcurrency } from './check-concurrency.ts'
import { TaskWorker } from './task-worker.ts'
import type { Work } from './work.ts'
import type { Worker, WorkerOptions } from './worker.ts'
import type { WorkerParts } from './worker-parts.ts'

export const WORKER_OPTIONS: readonly (keyof WorkerOptions)[] = [
  'concurrency',
  'leaseMs',
  'prefetch',
  'middleware',
  'onStop',
  'signal',
]

/** With the middleware of its broker, and checked. */
export type CheckedWorkerOptions = Omit<WorkerOptions, 'middleware'> & { readonly middleware: readonly Middleware[] }

/** Checks the options, and starts. */
export function createWorker(parts: WorkerParts, options: WorkerOptions): Worker {
  options = checkOptions('a worker', options, WORKER_OPTIONS)
  return startWorker(parts, withMiddleware(parts, options))
}

/** That of the broker wraps those of the worker. */
export function withMiddleware(
  { services }: Pick<WorkerParts, 'services'>,
  options: WorkerOptions,
): CheckedWorkerOptions {
  return { ...options, middleware: [...services.middleware, ...checkMiddleware(options.middleware ?? [])] }
}

/** With `batches`, its handlers get those. */
export function startWorker(parts: WorkerParts, options: CheckedWorkerOptions, batches?: Batches): Worker {
  const {
    concurrency = batches === undefined ? 10 : 1,
    leaseMs = 30_000,
    prefetch = true,
    onStop,
    middleware,
  } = options
  const signal = checkSignal('signal', options.signal)
  const handler = wrapped(parts.work.handler, middleware)
  const work: Work = { ...parts.work, handler }
  return new TaskWorker(
    { ...parts, work },
    {
      concurrency: checkConcurrency(concurrency, batches?.rules.size ?? 1),
      leaseMs: checkInteger('leaseMs', leaseMs, 1_000, 3_600_000),
      prefetch: checkBoolean('prefetch', prefetch),
      onStop: onStop === undefined ? undefined : checkFunction('onStop', onStop),
      signal,
      batches,
    },
  )
}
