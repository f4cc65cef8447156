import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CloseReport, WorkerOptions, WorkerStats } from '@mq/core'
import { bundleProgram } from '../../../../bundle-program.ts'
import { ownTime } from './own-time.ts'
import { until } from './until.ts'

export interface WorkerSettings {
  readonly url: string
  readonly queue: string
  /** Then `queue` is a channel with history, and the worker a member of this group. */
  readonly group?: string | undefined
  readonly file: string
  readonly seed: number
  /** Shortest and longest handler. */
  readonly handlerMs: readonly [number, number]
  readonly worker: WorkerOptions
  /** For SIGTERM. */
  readonly deadlineMs: number
  /** Tasks that are not like the others, by payload. */
  readonly kinds?: Readonly<Record<number, TaskKind>> | undefined
  /** Is ready, but does not work before it is told to: a replacement at hand. */
  readonly spare?: boolean | undefined
}

/** `killer`: ends its process after a while. */
export type TaskKind = 'slow' | 'until-aborted' | 'endless' | 'killer'

export type CrewOrder = 'stats' | 'work'
export type CrewReport =
  | { readonly kind: 'ready' | 'working' }
  | { readonly kind: 'stats'; readonly stats: WorkerStats }
  | ({ readonly kind: 'closed' } & CloseReport)

const READY_WITHIN_MS = 30_000
/** A worker in a process of its own. */
export class Hand {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #reports: CrewReport[] = []

  constructor(settings: WorkerSettings) {
    // Without what vitest itself was started with.
    this.#child = fork(bundleProgram(join(import.meta.dirname, 'programs/worker.ts')), [JSON.stringify(settings)], {
      execArgv: [],
    })
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (report: CrewReport) => void this.#reports.push(report))
  }

  get pid(): number {
    return this.#child.pid!
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  get ready(): boolean {
    return this.alive && this.#reports.some(({ kind }) => kind === 'ready')
  }

  get working(): boolean {
    return this.alive && this.#reports.some(({ kind }) => kind === 'working')
  }

  /** A spare begins. */
  work(): void {
    this.#child.send('work' satisfies CrewOrder)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    if (!this.alive) return
    this.signal('SIGKILL')
    await this.#exited
  }

  async stats(): Promise<WorkerStats> {
    const before = this.#reports.length
    this.#child.send('stats' satisfies CrewOrder)
    const report = await until('the stats of a worker', 10_000, () =>
      this.#reports.slice(before).find(({ kind }) => kind === 'stats'),
    )
    return (report as Extract<CrewReport, { kind: 'stats' }>).stats
  }

  /** SIGTERM, and what it says of its end. */
  async terminate(): Promise<{ report: CloseReport; code: number | null; tookMs: number }> {
    const begin = ownTime()
    this.signal('SIGTERM')
    await this.#exited
    const report = this.#reports.find(({ kind }) => kind === 'closed')
    if (report?.kind !== 'closed') throw new Error(`worker ${this.pid} ended without a report`)
    return { report, code: this.#child.exitCode, tookMs: Math.round(ownTime() - begin) }
  }
}

/** Worker processes on one queue, and the files they write. */
export class Crew implements AsyncDisposable {
  readonly #settings: Omit<WorkerSettings, 'file'>
  readonly #directory = mkdtempSync(join(tmpdir(), 'mq-crew-'))
  readonly hands: Hand[] = []
  readonly files: string[] = []

  constructor(settings: Omit<WorkerSettings, 'file'>) {
    this.#settings = settings
  }

  get working(): Hand[] {
    return this.hands.filter((hand) => hand.working)
  }

  /** Ready, and not at work yet. */
  get spares(): Hand[] {
    return this.hands.filter((hand) => hand.ready && !hand.working)
  }

  add(change: Partial<WorkerSettings> = {}): Hand {
    const file = join(this.#directory, `${this.files.length}.jsonl`)
    const hand = new Hand({ ...this.#settings, ...change, file })
    this.files.push(file)
    this.hands.push(hand)
    return hand
  }

  async allWorking(): Promise<void> {
    await until('all worker processes to work', READY_WITHIN_MS, () => {
      if (this.hands.some((hand) => !hand.alive)) throw new Error('a worker process ended by itself')
      return this.hands.every((hand) => hand.working)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.hands.map((hand) => hand.kill()))
    rmSync(this.#directory, { recursive: true })
  }
}
