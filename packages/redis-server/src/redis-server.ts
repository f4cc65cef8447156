import { rm } from 'node:fs/promises'
import { RedisProcess, type Launch } from './redis-process.ts'
import { Watchdog } from './watchdog.ts'

interface Settings extends Launch {
  readonly keepDirectory: boolean
}

/** A server with a port and a directory of its own; processes come and go in it. Only `stop()` is for good. */
export class RedisServer implements AsyncDisposable {
  readonly #settings: Settings
  readonly #watchdog: Watchdog
  #process: RedisProcess | undefined
  #stopped = false

  constructor(settings: Settings) {
    this.#settings = settings
    this.#watchdog = new Watchdog(settings.keepDirectory ? undefined : settings.directory)
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  get port(): number {
    return this.#settings.port
  }

  /** Where its data and its `redis.log` are. */
  get directory(): string {
    return this.#settings.directory
  }

  /** Undefined while no process runs. It changes with each restart. */
  get pid(): number | undefined {
    return this.#process?.running ? this.#process.pid : undefined
  }

  /** A new process on the same port and directory; one that runs is shut down in good order first. */
  async restart(): Promise<void> {
    if (this.#stopped) throw new TypeError('this Redis server was stopped: start another')
    await this.#process?.terminate()
    this.#process = RedisProcess.launch(this.#settings, (pid) => this.#watchdog.guard(pid))
    await this.#process.ready()
  }

  /** SIGKILL, as by a crash: what was not written is lost. The directory stays, for `restart()`. */
  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  /** SIGSTOP: connections stay open and nobody answers. */
  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  /** Shuts it down and removes its directory, unless the caller gave it. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    await this.#process?.terminate()
    this.#watchdog.dismiss()
    if (!this.#settings.keepDirectory) await rm(this.directory, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.#process?.running) throw new TypeError(`no Redis runs on port ${this.port}: nothing takes a ${signal}`)
    this.#process.signal(signal)
  }
}
