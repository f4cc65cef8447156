import { checkFunction, checkInteger, checkOptions, checkSignal } from '../define/check-call.ts'
import { MAX_ATTEMPTS } from '../define/backoff.ts'
import { defineQueue } from '../define/define-queue.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { createBatchWorker } from '../engine/create-batch-worker.ts'
import { createWorker } from '../engine/create-worker.ts'
import { workOf } from '../engine/work.ts'
import type { Worker } from '../engine/worker.ts'
import type { WorkerParts } from '../engine/worker-parts.ts'
import { toError } from '../errors.ts'
import type { BatchHandler } from '../handler/batch-handler.ts'
import type { Handler } from '../handler/handler.ts'
import type { Middleware } from '../handler/middleware.ts'
import { silentLogger } from '../logger.ts'
import type { Logger } from '../logger.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import type { ClaimedTask } from '../ports/claimed-task.ts'
import { preparePayload } from '../queue/prepare-task.ts'
import { servicesOf } from '../services-of.ts'
import { onAbort } from '../waiting/on-abort.ts'
import { encodeHeader } from '../wire/header.ts'
import { GivenTasks } from './given-tasks.ts'
import { reportOf } from './handler-run.ts'
import type { HandlerRun } from './handler-run.ts'
import { untilOver } from './until-over.ts'
import { createVirtualClock } from './virtual-clock.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What the handler finds in its context, and whose rules hold. All of it may be left out. */
export interface RunHandlerOptions {
  /** Default: the `id` `test`, and `test-0`, `test-1`, … of a batch. */
  readonly id?: string | undefined
  /** Which attempt this is. Default 1. */
  readonly attempt?: number | undefined
  /** How many there may be. Default: as the definition of the queue says, or as its default. */
  readonly attempts?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly timeoutMs?: number | undefined
  /** Default 1. */
  readonly fence?: number | undefined
  /** Default: now, by the clock. */
  readonly enqueuedAt?: number | undefined
  /** What earlier attempts did by `once`: by their keys. */
  readonly steps?: Readonly<Record<string, unknown>> | undefined
  readonly middleware?: readonly Middleware[] | undefined
  readonly logger?: Logger | undefined
  /** Cancels the task, as `task.cancel({ reason })` does: its reason is the message of the signal's. */
  readonly signal?: AbortSignal | undefined
  /** The clock of what the handler waits for. Default: one that begins at 0. */
  readonly clock?: VirtualClock | undefined
  /** After so much real time the call rejects. Default 4,000. */
  readonly patienceMs?: number | undefined
}

type Definition<In, Out, ResultIn, ResultOut> = {
  /** Whose schemas, attempts, backoff and timeout hold. Default: a queue `test` without any. */
  readonly queue: QueueDefinition<In, Out, ResultIn, ResultOut>
}
type NoDefinition = { readonly queue?: string | undefined }

/**
 * Runs a handler for one task as a worker does, without a broker or a storage, and reports what it answered and did:
 * the payload passes its schema and JSON, the handler gets a full context, its verdict or throw is judged by the rules
 * of the queue, and time is virtual, so that a timeout comes at once. It rejects for a payload that could not be
 * enqueued, and when the handler does not end.
 */
export function runHandler<In, Out, ResultIn, ResultOut>(
  handler: Handler<Out, ResultIn>,
  payload: In,
  options: RunHandlerOptions & Definition<In, Out, ResultIn, ResultOut>,
): Promise<HandlerRun<ResultOut>>
export function runHandler<Payload, Result>(
  handler: Handler<Payload, Result>,
  payload: Payload,
  options?: RunHandlerOptions & NoDefinition,
): Promise<HandlerRun<Result>>
export async function runHandler(
  handler: Handler<any, any>,
  payload: unknown,
  options: RunHandlerOptions & (Definition<any, any, any, any> | NoDefinition) = {},
): Promise<HandlerRun<any>> {
  checkFunction('handler', handler)
  const [report] = await run([payload], options, ({ definition, middleware, ...parts }) =>
    createWorker({ ...parts, work: workOf(definition, handler, true) }, { middleware }),
  )
  return report!
}

/** As `runHandler`, for a batch of as many tasks as there are payloads. A failure of the batch is one of each. */
export function runBatchHandler<In, Out, ResultIn, ResultOut>(
  handler: BatchHandler<Out, ResultIn>,
  payloads: readonly In[],
  options: RunHandlerOptions & Definition<In, Out, ResultIn, ResultOut>,
): Promise<readonly HandlerRun<ResultOut>[]>
export function runBatchHandler<Payload, Result>(
  handler: BatchHandler<Payload, Result>,
  payloads: readonly Payload[],
  options?: RunHandlerOptions & NoDefinition,
): Promise<readonly HandlerRun<Result>[]>
export async function runBatchHandler(
  handler: BatchHandler<any, any>,
  payloads: readonly unknown[],
  options: RunHandlerOptions & (Definition<any, any, any, any> | NoDefinition) = {},
): Promise<readonly HandlerRun<any>[]> {
  checkFunction('handler', handler)
  return run(payloads, options, ({ definition, middleware, ...parts }) =>
    createBatchWorker({ ...parts, workOf: (one) => workOf(definition, one as Handler<any, any>, true) }, handler, {
      middleware,
      size: Math.max(1, payloads.length),
      waitMs: 0,
      retry: 'together',
    }),
  )
}

interface Stage extends Omit<WorkerParts, 'work'> {
  readonly definition: QueueDefinition<any, any, any, any>
  readonly middleware: readonly Middleware[] | undefined
}

async function run(
  payloads: readonly unknown[],
  given: RunHandlerOptions & { readonly queue?: QueueDefinition<any, any, any, any> | string | undefined },
  start: (stage: Stage) => Worker,
): Promise<readonly HandlerRun[]> {
  const options = checkOptions('runHandler', given, OPTIONS)
  const { queue = 'test', clock = createVirtualClock(), logger = silentLogger, middleware } = options
  const definition = typeof queue === 'string' ? defineQueue({ name: queue }) : queue
  const patienceMs = checkInteger('patienceMs', options.patienceMs ?? 4_000, 1, MAX_DELAY_MS)
  const signal = checkSignal('signal', options.signal)
  const tasks = await Promise.all(
    payloads.map(async (payload, i) =>
      taskOf(await preparePayload(definition, payload), i, payloads.length, options, clock),
    ),
  )
  const errors: Error[] = []
  if (signal?.aborted)
    return tasks.map(() => ({ state: 'cancelled', progress: [], log: [], steps: {}, errors, tookMs: 0 }))
  const closed = new AbortController()
  const services = servicesOf({ clock, logger, onError: (error) => void errors.push(error) }, closed.signal)
  const driver = new GivenTasks(tasks)
  const begunAt = clock.now()
  const worker = start({
    name: definition.name,
    definition,
    middleware,
    driver,
    services,
    begun: () => () => undefined,
  })
  const cancelled = new Set<string>()
  const cancel = (): void => {
    for (const { lease } of tasks) {
      if (driver.settled.has(lease)) continue
      cancelled.add(lease)
      driver.cancel(lease, signal?.reason === undefined ? '' : toError(signal.reason).message)
    }
  }
  const isOver = (): boolean => tasks.every(({ lease }) => driver.settled.has(lease) || cancelled.has(lease))
  const leave = onAbort(signal, cancel)
  try {
    await untilOver(() => isOver() && worker.stats().running === 0, driver, clock, patienceMs)
    return await Promise.all(
      tasks.map(({ lease }) => reportOf(lease, driver, { definition, errors, tookMs: clock.now() - begunAt })),
    )
  } finally {
    leave()
    const closing = worker.close({ deadlineMs: 0 })
    // Deadlines are measured by the clock, so it has to advance.
    await clock.advance(1_000)
    closed.abort()
    await closing
  }
}

/** The task as a worker claims it. */
function taskOf(
  payload: string,
  index: number,
  count: number,
  options: RunHandlerOptions,
  clock: VirtualClock,
): ClaimedTask {
  const { attempt = 1, attempts, headers, timeoutMs, fence = 1, steps } = options
  const id = count === 1 ? (options.id ?? 'test') : `${options.id ?? 'test'}-${index}`
  const now = clock.now()
  return {
    lease: `${index}`,
    n: `${index}`,
    fence: checkInteger('fence', fence, 0, Number.MAX_SAFE_INTEGER) + index,
    enqueuedAt: options.enqueuedAt ?? now,
    claimedAt: now,
    failures: checkInteger('attempt', attempt, 1, MAX_ATTEMPTS) - 1,
    crashes: 0,
    header: encodeHeader({ id, attempts, headers, timeoutMs }),
    payload,
    ...(steps !== undefined && { memo: JSON.stringify(Object.entries(steps).map(([key, value]) => [key, [value]])) }),
  }
}

const OPTIONS: readonly string[] = [
  'queue',
  'id',
  'attempt',
  'attempts',
  'headers',
  'timeoutMs',
  'fence',
  'enqueuedAt',
  'steps',
  'middleware',
  'logger',
  'signal',
  'clock',
  'patienceMs',
]
