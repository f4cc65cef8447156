import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import type { RedisBinary } from './redis-binary.ts'
import { serves } from './serves.ts'

export interface Launch {
  readonly binary: Pick<RedisBinary, 'path' | 'libraries'>
  readonly port: number
  readonly directory: string
  /** The path of a configuration file; the arguments win. */
  readonly config?: string | undefined
  readonly args: readonly string[]
}

export class PortTakenError extends Error {}

/** In the foreground, for this machine only, and forgetting everything unless the caller says otherwise. */
const OUR_ARGS = '--daemonize no --bind 127.0.0.1 --appendonly no --enable-debug-command local'
  .split(' ')
  .concat('--save', '')
const READY_WITHIN_MS = 60_000 // an append-only file of a long test has to be loaded first
const TERMINATE_WITHIN_MS = 10_000

/** One run of redis-server, from its spawn to its exit. */
export class RedisProcess {
  readonly #child: ChildProcess
  readonly #launch: Launch
  readonly #logStart: number
  readonly #exited: Promise<unknown>
  #failure: Error | undefined

  private constructor(child: ChildProcess, launch: Launch, logStart: number) {
    this.#child = child
    this.#launch = launch
    this.#logStart = logStart
    this.#exited = once(child, 'exit').catch((error: Error) => {
      this.#failure = error // spawn itself failed; ready() reports it
    })
  }

  /** `onPid` hears of the process, and of `undefined` when it is gone. */
  static launch(launch: Launch, onPid: (pid: number | undefined) => void): RedisProcess {
    const { binary, port, directory, config, args } = launch
    const log = openSync(logFile(directory), 'a')
    const logStart = fstatSync(log).size
    const file = config === undefined ? [] : [config] // which has to be the first
    const child = spawn(binary.path, [...file, ...OUR_ARGS, '--port', String(port), '--dir', directory, ...args], {
      detached: true, // a Ctrl-C is for the caller, who decides when the server goes
      stdio: ['ignore', log, log],
      env: binary.libraries ? { ...env, LD_LIBRARY_PATH: binary.libraries } : env,
    })
    closeSync(log)
    const started = new RedisProcess(child, launch, logStart)
    onPid(child.pid)
    child.once('exit', () => onPid(undefined))
    return started
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get running(): boolean {
    return this.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when it answers and has loaded its data. */
  async ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS
    while (Date.now() < deadline) {
      if (this.#failure || (this.pid !== undefined && !this.running)) throw this.#explain()
      if (this.pid !== undefined && (await serves(this.#launch.port, this.pid))) return
      await delay(10)
    }
    await this.kill()
    throw new Error(`redis-server did not answer within ${READY_WITHIN_MS} ms:\n${this.#log()}`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** SIGTERM, as an operator would; SIGKILL for one that does not obey. */
  async terminate(): Promise<void> {
    if (!this.running) return
    this.signal('SIGCONT') // a paused process would never see the next signal
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.signal('SIGKILL'), TERMINATE_WITHIN_MS)
    await this.#exited
    clearTimeout(timer)
  }

  async kill(): Promise<void> {
    if (!this.running) return
    this.signal('SIGKILL')
    await this.#exited
  }

  #explain(): Error {
    if (this.#failure) return new Error(`cannot run ${this.#launch.binary.path}`, { cause: this.#failure })
    const log = this.#log()
    const message = `redis-server ended at once (${this.#child.signalCode ?? this.#child.exitCode}):\n${log}`
    return /address already in use/i.test(log) ? new PortTakenError(message) : new Error(message)
  }

  /** What this run wrote, its last lines. */
  #log(): string {
    const written = readFileSync(logFile(this.#launch.directory)).subarray(this.#logStart).toString()
    return written.trimEnd().split('\n').slice(-20).join('\n')
  }
}

function logFile(directory: string): string {
  return join(directory, 'redis.log')
}
