import { checkBoolean, checkFunction, checkInteger, checkOptions, checkSignal } from '../define/check.ts'
import { checkConcurrency } from './check-concurrency.ts'
import { checkMiddleware, wrapped } from '../handler/middleware.ts'
import { TaskWorker } from './task-worker.ts'
import type { Worker, WorkerOptions } from './worker.ts'
import type { WorkerParts } from './worker-parts.ts'

const OPTIONS: readonly (keyof WorkerOptions)[] = [
  'concurrency',
  'leaseMs',
  'prefetch',
  'middleware',
  'onStop',
  'signal',
]

/** Checks the options, and starts. */
export function createWorker(parts: WorkerParts, options: WorkerOptions): Worker {
  options = checkOptions('a worker', options, OPTIONS)
  const signal = checkSignal('signal', options.signal)
  const { services, work } = parts
  const middleware = [...services.middleware, ...checkMiddleware(options.middleware ?? [])]
  const handler = wrapped(work.handler, middleware)
  return new TaskWorker(
    { ...parts, work: { ...work, handler } },
    {
      concurrency: checkConcurrency(options.concurrency ?? 10),
      leaseMs: checkInteger('leaseMs', options.leaseMs ?? 30_000, 1_000, 3_600_000),
      prefetch: checkBoolean('prefetch', options.prefetch ?? true),
      onStop: options.onStop === undefined ? undefined : checkFunction('onStop', options.onStop),
      signal,
    },
  )
}
