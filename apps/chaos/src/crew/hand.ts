import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { PROGRAM_ROLE } from '../programs/run-program.ts'
import type { Order, ProgramSettings, Report } from '../programs/settings.ts'
import { until } from '../until.ts'

const READY_WITHIN_MS = 30_000

/** One of the harness' programs, running. */
export class Hand {
  readonly proc: string
  readonly role: ProgramSettings['role']
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #reports: Report[] = []
  count = 0
  /** Of a worker: handlers. */
  running = 0

  /** `execPath`: what to execute in place of this Node. */
  constructor(program: string, settings: ProgramSettings, execPath?: string) {
    this.proc = settings.proc
    this.role = settings.role
    this.#child = fork(program, [PROGRAM_ROLE, JSON.stringify(settings)], {
      ...(execPath !== undefined && { execPath }),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#exited = once(this.#child, 'exit')
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    this.#child.on('message', (report: Report) => {
      if (report.kind === 'count') {
        this.count = report.count
        this.running = report.running ?? 0
      } else this.#reports.push(report)
    })
  }

  #stderr = ''

  get pid(): number {
    return this.#child.pid!
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Its last words. */
  get stderr(): string {
    return this.#stderr.slice(-2_000)
  }

  has(kind: Report['kind']): boolean {
    return this.#reports.some((report) => report.kind === kind)
  }

  async ready(): Promise<void> {
    await until(`${this.proc} to be ready`, READY_WITHIN_MS, () => {
      if (!this.alive) throw new Error(`${this.proc} ended at once: ${this.stderr}`)
      return this.has('ready')
    })
  }

  order(order: Order): void {
    // One that has just died hears nothing; that it is gone is seen elsewhere.
    if (this.#child.connected) this.#child.send(order, () => undefined)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async kill(): Promise<void> {
    if (!this.alive) return
    this.signal('SIGKILL')
    await this.#exited
  }

  async stopped(withinMs: number): Promise<void> {
    await until(`${this.proc} to end`, withinMs, () => !this.alive)
  }
}
