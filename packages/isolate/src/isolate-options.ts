import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IsolateError } from './isolate-error.ts'

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

const KNOWN = ['isolate', 'memoryMb', 'size', 'killAfterMs', 'idleMs', 'execArgv', 'name']
const BOUNDS = {
  memoryMb: [16, 1_048_576],
  size: [1, 1_000],
  killAfterMs: [0, 3_600_000],
  idleMs: [0, 86_400_000],
} as const

/** Returns the options. Throws a TypeError for what is not right. */
export function checkOptions(url: URL | string, options: IsolateOptions): IsolateOptions {
  if (!(url instanceof URL) && !/^(file|data):/.test(String(url))) {
    throw new TypeError("isolate takes the URL of a module, as new URL('./handler.js', import.meta.url)")
  }
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) throw new TypeError(`isolate has no option "${key}"; it takes ${KNOWN.join(', ')}`)
  }
  if (options.isolate !== undefined && options.isolate !== 'thread' && options.isolate !== 'process') {
    throw new TypeError('isolate must be "thread" or "process"')
  }
  if (options.execArgv !== undefined && !Array.isArray(options.execArgv))
    throw new TypeError('execArgv must be a list of strings')
  if (options.name !== undefined && typeof options.name !== 'string') throw new TypeError('name must be a string')
  for (const [key, [least, most]] of Object.entries(BOUNDS)) {
    const value = options[key as keyof typeof BOUNDS]
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      throw new TypeError(`${key} must be a whole number from ${least} to ${most}`)
    }
  }
  return options
}

/** A file that is not there would fail every task. Throws an IsolateError. */
export function checkFile(url: URL | string): void {
  const { protocol, href } = new URL(url)
  if (protocol === 'file:' && !existsSync(fileURLToPath(href)))
    throw new IsolateError('handler-missing', `there is no file ${href} with the handler`)
}
