import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from './find-place.ts'
import { findTest } from './find-test.ts'
import type { Killer } from './mutant.ts'
import type { Seen } from './verdict.ts'

export const root: string = fileURLToPath(new URL('../../../', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const config = fileURLToPath(new URL('./killers.config.ts', import.meta.url))
const MOST_OUTPUT = 20_000

type Environment = Readonly<Record<string, string | undefined>>

export interface KillerRun {
  /** None: the source as it is. */
  readonly places: readonly Place[]
  readonly timeoutMs: number
  readonly node: string
  readonly env: Environment
}

/** As vitest's JSON reporter writes it. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly title: string
      readonly status: string
      readonly failureMessages: readonly string[] | null
    }[]
  }[]
}

/** Runs tests in a process of their own, with a mutant or without, and answers what became of each. */
export async function runKillers(
  killers: readonly Killer[],
  { places, timeoutMs, node, env }: KillerRun,
): Promise<Seen[]> {
  const directory = await mkdtemp(join(tmpdir(), 'mq-mutant-'))
  const outputFile = join(directory, 'report.json')
  try {
    const homes = killers.map(homeOf)
    const files = homes.flatMap(({ file }) => file ?? [])
    if (files.length === 0) return homes.map(({ why = '' }) => ({ state: 'absent', why }))
    const titles = [...new Set(killers.map(({ test }) => `${escape(test)}$`))].join('|')
    const args = [
      vitest,
      'run',
      '--config',
      config,
      ...new Set(files),
      '-t',
      titles,
      '--reporter=json',
      `--outputFile=${outputFile}`,
    ]
    const { ended, output } = await runNode(node, args, timeoutMs, { ...env, MQ_MUTANT: JSON.stringify(places) })
    if (!ended) return killers.map(() => ({ state: 'unended' }))
    const text = await readFile(outputFile, 'utf8').catch(() => undefined)
    if (text === undefined) return killers.map(() => ({ state: 'absent', why: output }))
    const report = JSON.parse(text) as Report
    return homes.map(({ file, why = '' }, i) =>
      file === undefined ? { state: 'absent', why } : lookUp(report, file, killers[i]!.test),
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
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
export function lookUp({ testResults }: Report, file: string, test: string): Seen {
  const result = testResults.find(({ name }) => name.endsWith(`/${file}`))
  if (result === undefined) return { state: 'absent', why: `${file} was not run` }
  const found = result.assertionResults.filter(({ title }) => title === test)
  const [one] = found
  if (one === undefined) return { state: 'absent', why: result.message || 'no test has this title' }
  if (found.length > 1) return { state: 'absent', why: `${found.length} tests have this title` }
  if (one.status === 'passed') return { state: 'passed' }
  if (one.status === 'failed') return { state: 'failed', message: (one.failureMessages ?? []).join('\n') }
  return { state: 'absent', why: `it is ${one.status}` }
}

function runNode(
  node: string,
  args: readonly string[],
  timeoutMs: number,
  env: Environment,
): Promise<{ readonly ended: boolean; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: root, env: { ...env } })
    let ended = true
    let output = ''
    const listen = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-MOST_OUTPUT))
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    const timer = setTimeout(() => {
      ended = false
      child.kill('SIGKILL')
    }, timeoutMs)
    child.on('error', reject)
    child.on('close', () => {
      clearTimeout(timer)
      resolve({ ended, output })
    })
  })
}

function escape(title: string): string {
  return title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
