import process from 'node:process'
import type { Context, Handler } from '@mq/core'
import { Tinypool } from 'tinypool'
import { IsolateError } from './isolate-error.ts'
import { openLine } from './line.ts'
import type { Facts, Job, Settled } from './messages.ts'
import { thrownError, unsettle } from './settled.ts'

export interface IsolateOptions {
  /**
   * `thread` (default): a worker thread, started in about 50 ms and 10 MB. `process`: a process, for handlers whose
   * native code may crash; about 100 ms and 40 MB.
   */
  readonly isolate?: 'thread' | 'process' | undefined
  /**
   * The heap of JavaScript that a thread or process may use, in MiB; without it Node's own limit. Buffers are not
   * counted.
   */
  readonly memoryMb?: number | undefined
  /** Runs at once; further ones wait. Give the worker the same `concurrency`. Default 1. */
  readonly size?: number | undefined
  /**
   * How long a handler may go on after its signal aborted (timeout, cancel, lost lease, close), in ms. Then it is
   * killed. Default 1,000.
   */
  readonly killAfterMs?: number | undefined
  /** An idle thread or process ends after so many ms. Default 10,000. */
  readonly idleMs?: number | undefined
  /** Options of Node for its threads or processes. Default: those of this process. */
  readonly execArgv?: readonly string[] | undefined
  /** What the file exports. Default `default`. */
  readonly name?: string | undefined
}

/** Pass it to `queue.process` or `channel.consume`. */
export interface IsolatedHandler<Payload, Result> extends Handler<Payload, Result> {
  /** Ends its threads or processes. Close the worker first: what runs is killed. */
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
 * not right.
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
  } = options
  checkOptions(url, options)
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
  const runs = new Set<Run>()
  // Of a thread or process that runs nothing: it did not start, or what a handler left behind in it failed. Who waits
  // for one would wait for ever.
  pool.on('error', (thrown: unknown) => {
    const { message } = thrownError(thrown)
    const waiting = [...runs].filter(({ hasBegun }) => !hasBegun)
    for (const run of waiting)
      run.end(new IsolateError('handler-exited', `a ${kind} for the handler failed: ${message}`, thrown))
    if (waiting.length === 0) logger?.warn({ reason: message }, `an idle ${kind} of an isolated handler failed`)
  })
  let logger: Context['logger'] | undefined

  const handler = async (payload: Payload, context: Context): Promise<Result> => {
    const { queue, id, attempt, attempts, fence, enqueuedAt, headers, signal } = context
    const facts: Facts = { queue, id, attempt, attempts, fence, enqueuedAt, headers: { ...headers } }
    logger = context.logger
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
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    try {
      const job: Job = { url: String(url), name, payload, facts, ...line.forJob }
      return unsettle((await pool.run(job, { signal: kill.signal, ...line.forRun })) as Settled) as Result
    } catch (thrown) {
      throw killed ?? faultOf(thrown, kind, memoryMb)
    } finally {
      runs.delete(run)
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      line.close()
    }
  }
  return Object.assign(handler, { close: () => pool.destroy() })
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

function checkOptions(url: URL | string, options: IsolateOptions): void {
  if (!(url instanceof URL) && !/^(file|data):/.test(String(url))) {
    throw new TypeError("isolate takes the URL of a module, as new URL('./handler.js', import.meta.url)")
  }
  const known = ['isolate', 'memoryMb', 'size', 'killAfterMs', 'idleMs', 'execArgv', 'name']
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`isolate has no option "${key}"; it takes ${known.join(', ')}`)
  }
  if (options.isolate !== undefined && options.isolate !== 'thread' && options.isolate !== 'process') {
    throw new TypeError('isolate must be "thread" or "process"')
  }
  if (options.execArgv !== undefined && !Array.isArray(options.execArgv))
    throw new TypeError('execArgv must be a list of strings')
  if (options.name !== undefined && typeof options.name !== 'string') throw new TypeError('name must be a string')
  const bounds = {
    memoryMb: [16, 1_048_576],
    size: [1, 1_000],
    killAfterMs: [0, 3_600_000],
    idleMs: [0, 86_400_000],
  } as const
  for (const [key, [least, most]] of Object.entries(bounds)) {
    const value = options[key as keyof typeof bounds]
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      throw new TypeError(`${key} must be a whole number from ${least} to ${most}`)
    }
  }
}
