import process from 'node:process'
import type { Context, Handler } from '@mq/core'
import { Tinypool } from 'tinypool'
import { checkFile, checkOptions } from './isolate-options.ts'
import type { IsolateOptions } from './isolate-options.ts'
import { IsolateError } from './isolate-error.ts'
import { openLine } from './line.ts'
import type { Facts, Job, Settled } from './messages.ts'
import { Places } from './places.ts'
import { thrownError, unsettle } from './settled.ts'

/** Pass it to `queue.process` or `channel.consume`. */
export interface IsolatedHandler<Payload, Result> extends Handler<Payload, Result>, AsyncDisposable {
  /**
   * Loads the file in a thread or process of its own, which is then there for the first task. Rejects with an
   * IsolateError, `handler-missing` where the file has an error or exports no such function: await it at the start.
   */
  ready(): Promise<void>
  /** Ends its threads or processes, once. Close the worker first: what runs is killed, and nothing runs afterwards. */
  close(): Promise<void>
}

/** A run that is under way. `end`: kills it, if it is not over. */
interface Run {
  hasBegun: boolean
  end(error: IsolateError): void
}

const RUNNER = new URL(import.meta.url.endsWith('.ts') ? '../dist/runner.js' : './runner.js', import.meta.url)

/**
 * A handler that runs in a thread or process of its own. `url` is a module that exports it, as JavaScript that Node
 * can load. Whatever it does there, spinning included, other tasks of the worker go on; when its signal aborts and it
 * does not end, it is killed, and its task becomes what it would have become. Throws a TypeError for options that are
 * not right, and an IsolateError `handler-missing` where there is no such file.
 *
 * Its context is the usual one. Payload, result, progress and the values of `once` are cloned on the way: no functions,
 * no class instances. An error keeps its name, message, stack and code. Rejects with an IsolateError where the thread
 * or process itself failed.
 */
export function isolate<Payload = unknown, Result = unknown>(
  url: URL | string,
  options: IsolateOptions = {},
): IsolatedHandler<Payload, Result> {
  const {
    isolate: kind = 'thread',
    memoryMb,
    size = 1,
    killAfterMs = 1_000,
    idleMs = 10_000,
    name = 'default',
  } = checkOptions(url, options)
  checkFile(url)
  const memory = memoryMb !== undefined && kind === 'process' ? [`--max-old-space-size=${memoryMb}`] : []
  const execArgv = options.execArgv ?? (memory.length > 0 ? process.execArgv : undefined)
  const pool = new Tinypool({
    filename: RUNNER.href,
    runtime: kind === 'process' ? 'child_process' : 'worker_threads',
    minThreads: 0,
    maxThreads: size,
    idleTimeout: idleMs,
    // A thread that waits by Atomics runs no timer that a handler left behind.
    useAtomics: false,
    serialization: 'advanced',
    ...(execArgv === undefined ? undefined : { execArgv: [...execArgv, ...memory] }),
    ...(memoryMb === undefined || kind === 'process'
      ? undefined
      : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
  })
  const places = new Places(size)
  const runs = new Set<Run>()
  let logger: Context['logger'] | undefined
  let closing: Promise<void> | undefined
  // Of a thread or process that runs nothing: it did not start, or what a handler left behind in it failed. Who waits
  // for one would wait for ever.
  pool.on('error', (thrown: unknown) => {
    const { message } = thrownError(thrown)
    const waiting = [...runs].filter(({ hasBegun }) => !hasBegun)
    for (const run of waiting)
      run.end(new IsolateError('handler-exited', `a ${kind} for the handler failed: ${message}`, thrown))
    if (waiting.length === 0) logger?.warn({ reason: message }, `an idle ${kind} of an isolated handler failed`)
  })

  /** In a place. `signal`: of the context. */
  const runJob = async (given: Job, context: Context | undefined, signal: AbortSignal): Promise<unknown> => {
    const kill = new AbortController()
    let killed: IsolateError | undefined
    const run: Run = {
      hasBegun: false,
      end(error) {
        killed ??= error
        kill.abort()
      },
    }
    const line = openLine(kind, {
      context,
      onBegin: () => (run.hasBegun = true),
      onEnd: () => run.end(endedEarly(kind)),
    })
    runs.add(run)
    let timer: NodeJS.Timeout | undefined
    const onAbort = (): void => {
      line.send({ mq: 'abort', reason: thrownError(signal.reason) })
      const message = `the handler did not stop within ${killAfterMs} ms, and its ${kind} was killed`
      timer = setTimeout(() => run.end(new IsolateError('handler-killed', message, signal.reason)), killAfterMs)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const job = { ...given, ...line.forJob }
      return unsettle((await pool.run(job, { signal: kill.signal, ...line.forRun })) as Settled)
    } catch (thrown) {
      throw killed ?? faultOf(thrown, kind, memoryMb)
    } finally {
      runs.delete(run)
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      line.close()
    }
  }

  const placed = async (job: Job, context: Context | undefined, signal: AbortSignal): Promise<unknown> => {
    if (closing !== undefined) throw closed()
    await places.enter(signal)
    try {
      if (closing !== undefined) throw closed()
      return await runJob(job, context, signal)
    } finally {
      places.leave()
    }
  }

  const handler = async (payload: Payload, context: Context): Promise<Result> => {
    const { queue, id, attempt, attempts, fence, enqueuedAt, headers, signal } = context
    const facts: Facts = { queue, id, attempt, attempts, fence, enqueuedAt, headers: { ...headers } }
    logger = context.logger
    return (await placed({ url: String(url), name, payload, facts }, context, signal)) as Result
  }

  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const run of runs) run.end(closed())
      await pool.destroy()
    })()
    return closing
  }

  return Object.assign(handler, {
    ready: async () => void (await placed({ url: String(url), name }, undefined, new AbortController().signal)),
    close,
    [Symbol.asyncDispose]: close,
  })
}

function closed(): IsolateError {
  return new IsolateError('handler-closed', 'the isolated handler was closed')
}

function endedEarly(kind: string, cause?: unknown): IsolateError {
  return new IsolateError('handler-exited', `the ${kind} of the handler ended before the handler did`, cause)
}

/** What the pool rejected with: the handler's own errors come as they are. */
function faultOf(thrown: unknown, kind: string, memoryMb: number | undefined): unknown {
  const { name, message, code } = thrownError(thrown)
  if (name === 'DataCloneError')
    return new IsolateError('not-cloneable', `the payload cannot be passed on: ${message}`, thrown)
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const limit = memoryMb === undefined ? 'its memory' : `${memoryMb} MiB`
    return new IsolateError('handler-exited', `the handler used more than ${limit}, and its ${kind} ended`, thrown)
  }
  if (message === 'Worker exited unexpectedly') {
    return endedEarly(kind, thrown)
  }
  return thrown
}
