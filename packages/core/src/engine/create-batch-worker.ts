import { checkInteger, checkOptions, show, showWord } from '../define/check.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { BatchHandler } from '../handler/batch-handler.ts'
import type { Handler } from '../handler/handler.ts'
import { wrappedBatch } from '../handler/middleware.ts'
import { Batches } from './batches.ts'
import { startWorker, withMiddleware, WORKER_OPTIONS } from './create-worker.ts'
import type { BatchOptions, Worker } from './worker.ts'
import type { Work } from './work.ts'
import type { WorkerParts } from './worker-parts.ts'

const OPTIONS: readonly (keyof BatchOptions)[] = [...WORKER_OPTIONS, 'size', 'waitMs', 'retry']
const MOST_WAIT_MS = 3_600_000

/** Its handler is that of single tasks: of what joins the batches. */
export interface BatchWorkerParts extends Omit<WorkerParts, 'work'> {
  readonly workOf: (handler: Handler<never, unknown>) => Work
}

/** Checks the options, and starts a worker whose handler gets batches. */
export function createBatchWorker(
  { workOf, ...others }: BatchWorkerParts,
  handler: BatchHandler<never, unknown>,
  options: BatchOptions,
): Worker {
  const { size = 100, waitMs = 100, retry = 'alone', ...more } = checkOptions('a batch worker', options, OPTIONS)
  if (retry !== 'alone' && retry !== 'together')
    throw new TypeError(
      `retry must be 'alone' or 'together', not ${typeof retry === 'string' ? showWord(retry) : show(retry)}`,
    )
  const checked = withMiddleware(others, more)
  const batches = new Batches({
    handler: wrappedBatch(handler, checked.middleware),
    size: checkInteger('size', size, 1, MAX_BATCH),
    waitMs: checkInteger('waitMs', waitMs, 0, MOST_WAIT_MS),
    retriesAlone: retry === 'alone',
  })
  return startWorker({ ...others, work: workOf(batches.handler as Handler<never, unknown>) }, checked, batches)
}
