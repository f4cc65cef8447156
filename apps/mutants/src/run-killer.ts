import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Place } from './find-place.ts'
import { findTest } from './find-test.ts'
import type { KillerOrder, KillerReport } from './killer-bench.ts'
import type { Killer } from './mutant.ts'
import type { Seen } from './verdict.ts'

export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

/** The first argument that makes main.ts a process that runs killers, one order after the other. */
export const KILLER_ROLE = 'killers'
const MOST_OUTPUT = 20_000

export interface KillersOptions {
  readonly main: string
  readonly timeoutMs: number
  /** Ends a process with all that it started: a test that does not end is in one of those. */
  readonly endGroup: (leader: number) => void
}

/** Runs tests with a mutant or without, a few files at a time, each in one of its processes. */
export class Killers implements AsyncDisposable {
  readonly #idle: KillerProcess[]
  readonly #all: readonly KillerProcess[]
  readonly #waiting: ((one: KillerProcess) => void)[] = []

  constructor(processes: number, options: KillersOptions) {
    this.#all = Array.from({ length: processes }, () => new KillerProcess(options))
    this.#idle = [...this.#all]
  }

  /** Answers what became of each. */
  async run(killers: readonly Killer[], places: readonly Place[]): Promise<Seen[]> {
    const homes = killers.map(homeOf)
    const files = [...new Set(homes.flatMap(({ file }) => file ?? []))]
    const reports = new Map<string, KillerReport | Seen>()
    const runFile = async (file: string): Promise<void> => {
      const titles = killers.filter((_, i) => homes[i]!.file === file).map(({ test }) => test)
      reports.set(file, await this.#runSome({ file, titles: [...new Set(titles)], places }))
    }
    await Promise.all(files.map(runFile))
    return homes.map(({ file, why = '' }, i) => {
      const report = file === undefined ? ({ state: 'absent', why } as const) : reports.get(file)!
      return 'state' in report ? report : lookUp(report, killers[i]!.test)
    })
  }

  async #runSome(order: KillerOrder): Promise<KillerReport | Seen> {
    const one = this.#idle.pop() ?? (await new Promise<KillerProcess>((resolve) => this.#waiting.push(resolve)))
    try {
      return await one.run(order)
    } finally {
      const next = this.#waiting.shift()
      if (next) next(one)
      else this.#idle.push(one)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((one) => one.close()))
  }
}

/** Starts when it is needed first, and anew after a test that did not end. */
class KillerProcess {
  readonly #options: KillersOptions
  #child: ChildProcess | undefined
  #output = ''

  constructor(options: KillersOptions) {
    this.#options = options
  }

  async run(order: KillerOrder): Promise<KillerReport | Seen> {
    const child = (this.#child ??= this.#start())
    const enough = new AbortController()
    const { signal } = enough
    const answered = once(child, 'message', { signal }).then(([report]) => report as KillerReport)
    const died = once(child, 'exit', { signal }).then((): Seen => ({ state: 'absent', why: this.#output }))
    const late = new Promise<Seen>((resolve) => {
      const timer = setTimeout(() => resolve({ state: 'unended' }), this.#options.timeoutMs)
      signal.addEventListener('abort', () => clearTimeout(timer))
    })
    child.send(order)
    try {
      const seen = await Promise.race([answered, died, late])
      if ('state' in seen) this.#end()
      return seen
    } finally {
      enough.abort()
      for (const unused of [answered, died]) unused.catch(() => undefined) // aborted
    }
  }

  #start(): ChildProcess {
    const child = fork(this.#options.main, [KILLER_ROLE], {
      cwd: root,
      execArgv: ['--import', 'tsx'],
      silent: true,
      detached: true, // a group of its own
    })
    this.#output = ''
    const listen = (chunk: Buffer): void => void (this.#output = (this.#output + String(chunk)).slice(-MOST_OUTPUT))
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    return child
  }

  #end(): void {
    const child = this.#child
    this.#child = undefined
    if (child?.pid !== undefined && child.exitCode === null) this.#options.endGroup(child.pid)
  }

  async close(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
  }
}

/** Who has lost one title has the others run nevertheless. */
function homeOf(killer: Killer): { readonly file?: string; readonly why?: string } {
  try {
    return { file: findTest(root, killer) }
  } catch (thrown) {
    return { why: String(thrown) }
  }
}

/** One test in a report. Its title must be the only one of its kind in the file, or nobody knows which one is meant. */
export function lookUp({ tests, message }: KillerReport, test: string): Seen {
  const found = tests.filter(({ title }) => title === test)
  const [one] = found
  if (one === undefined) return { state: 'absent', why: message || 'no test has this title' }
  if (found.length > 1) return { state: 'absent', why: `${found.length} tests have this title` }
  if (one.status === 'passed') return { state: 'passed' }
  if (one.status === 'failed') return { state: 'failed', message: one.messages.join('\n') }
  return { state: 'absent', why: `it is ${one.status}` }
}
