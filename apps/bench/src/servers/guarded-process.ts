import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
// oxlint-disable-next-line no-restricted-imports -- its work is another process
import { env as ownEnv, kill } from 'node:process'

const READY_WITHIN_MS = 60_000
const STOP_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 50

/**
 * Its stdin closes when the bench is gone, by SIGKILL too: then the server's whole group is ended and its directory
 * removed. An empty line first: it was stopped already. The first signal lets PostgreSQL give back its shared memory.
 */
const WATCHDOG = `
trap '' INT TERM HUP
read -r state && exit
kill -s "$2" -- "$1"; sleep 1
kill -KILL -- "-$1" 2>/dev/null
sleep 0.2
rm -rf "$3"
`

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Of the server's own: its log is there, and it is removed when the server ends. */
  readonly directory: string
  /** Ends the server in good order. */
  readonly stopSignal: NodeJS.Signals
  /** Resolves when it serves; rejects while it does not. */
  readonly ready: () => Promise<unknown>
}

/** A server's process and those that it starts. It ends with `stop`, or with this process, however that ends. */
export class GuardedProcess {
  readonly #child: ChildProcess
  readonly #watchdog: ChildProcess
  readonly #launch: Launch
  #failure: Error | undefined

  private constructor(launch: Launch) {
    this.#launch = launch
    const log = openSync(logOf(launch.directory), 'a')
    this.#child = spawn(launch.command, launch.args, {
      cwd: launch.directory,
      detached: true, // a Ctrl-C is for the bench; and a group of its own is ended as one
      stdio: ['ignore', log, log],
      env: { ...ownEnv, LC_ALL: 'C', ...launch.env },
    })
    closeSync(log)
    this.#child.on('error', (error) => (this.#failure = error))
    const watched = [String(this.#child.pid), launch.stopSignal.replace('SIG', ''), launch.directory]
    this.#watchdog = spawn('sh', ['-c', WATCHDOG, 'mq-bench-watchdog', ...watched], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#watchdog.unref()
    if (this.#watchdog.stdin instanceof Socket) this.#watchdog.stdin.unref()
    this.#watchdog.stdin?.on('error', () => {}) // it ended first, and with it nothing is guarded any more
  }

  /** Resolves when the server serves. */
  static async start(launch: Launch): Promise<GuardedProcess> {
    const started = new GuardedProcess(launch)
    try {
      await started.#ready()
      return started
    } catch (error) {
      await started.stop()
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid!
  }

  async stop(): Promise<void> {
    if (this.#running()) {
      const exited = once(this.#child, 'exit')
      this.#child.kill(this.#launch.stopSignal)
      const timer = setTimeout(() => this.#killGroup(), STOP_WITHIN_MS)
      await exited
      clearTimeout(timer)
    }
    this.#killGroup()
    this.#watchdog.stdin?.end('\n')
    await rm(this.#launch.directory, { recursive: true, force: true, maxRetries: 5 })
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS
    for (;;) {
      if (this.#failure || !this.#running()) throw this.#explain('ended at once', this.#failure)
      try {
        return void (await this.#launch.ready())
      } catch (error) {
        if (Date.now() > deadline) throw this.#explain(`did not serve within ${READY_WITHIN_MS} ms`, error)
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      }
    }
  }

  #explain(what: string, cause: unknown): Error {
    const lines = readFileSync(logOf(this.#launch.directory), 'utf8').trimEnd().split('\n').slice(-5)
    return new Error(`${this.#launch.command.split('/').at(-1)} ${what}: ${lines.join(' / ')}`, { cause })
  }

  #running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Whatever of the group is left; nothing, as a rule. */
  #killGroup(): void {
    if (this.#child.pid === undefined) return
    try {
      kill(-this.#child.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

function logOf(directory: string): string {
  return join(directory, 'server.log')
}
