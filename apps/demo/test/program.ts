import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { createRecordReader } from '../src/log-lines.ts'
import type { LogRecord } from '../src/log-lines.ts'

const require = createRequire(import.meta.url)
const mains = {
  web: require.resolve('@mq/web/main'),
  'worker-queue': require.resolve('@mq/worker-queue/main'),
  'worker-pubsub': require.resolve('@mq/worker-pubsub/main'),
  demo: fileURLToPath(new URL('../dist/main.js', import.meta.url)),
}
export type AppName = keyof typeof mains
export const APPS = ['web', 'worker-queue', 'worker-pubsub'] as const

/** An app as a process of its own, from its build; gone when the test is over. */
export class Program {
  /** What it logged; lines that are no record have `level: 'error'`. */
  readonly records: LogRecord[] = []
  /** Everything it wrote. */
  text = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor(app: AppName, env: Readonly<Record<string, string>> = {}) {
    if (!existsSync(mains[app])) throw new Error(`${mains[app]} is not there: run "pnpm build" first`)
    const { PATH = '', HOME = '' } = process.env
    const child = spawn(process.execPath, [mains[app]], {
      env: { PATH, HOME, ...(app === 'web' || app === 'demo' ? { PORT: '0' } : {}), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#ended = once(child, 'exit')
    for (const stream of [child.stdout, child.stderr]) {
      const read = createRecordReader(app, (record) => this.records.push(record))
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.text += text
        read(text)
      })
    }
    onTestFinished(async () => {
      child.kill('SIGKILL')
      await this.#ended
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Waits until it has written that. */
  async says(what: string | RegExp, withinMs = 60_000): Promise<void> {
    await vi.waitFor(
      () => {
        const said = typeof what === 'string' ? this.text.includes(what) : what.test(this.text)
        if (!said) throw new Error(`it did not say ${what}, but:\n${this.text}`)
      },
      { timeout: withinMs, interval: 20 },
    )
  }

  count(message: string): number {
    return this.records.filter(({ msg }) => msg.includes(message)).length
  }

  /** Where web listens, once it does. */
  async url(): Promise<string> {
    await this.says(/http:\/\/127\.0\.0\.1:\d+/)
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.text)?.[0] ?? ''
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Reads nothing from now on: whatever it writes fails. */
  deafen(): void {
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }

  /** The exit code, or the signal that ended it. */
  async end(): Promise<number | NodeJS.Signals | null> {
    await this.#ended
    return this.#child.exitCode ?? this.#child.signalCode
  }
}
