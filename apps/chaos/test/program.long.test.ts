import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { check } from '../src/checker/check.ts'
import { USUAL } from '../src/checker/expectations.ts'
import type { Verdict } from '../src/checker/verdict.ts'
import type { HistoryEvent } from '../src/history/event.ts'
import { historyIn } from '../src/history/history-in.ts'
import { inAnyOrder } from './checker/written.ts'

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts')

it('kills a worker of mq, finds all promises kept, and says so', { timeout: 240_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mq-chaos-test-'))
  const report = join(directory, 'report.json')
  const args = [
    '--import',
    'tsx',
    '--conditions',
    '@mq/source',
    MAIN,
    '--only',
    'mixed-worker',
    '--seeds',
    '7,',
    '--keep',
  ]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, MQ_CHAOS_REPORT: report, TMPDIR: directory },
  })
  expect(stdout).toMatch(/\| mixed-worker-killed \|.*\| holds \|/)
  expect(stdout).toContain('seeds 7; pnpm chaos --only mixed-worker --seeds 7, --keep\n1 runs passed, 0 failed')
  expect(JSON.parse(await readFile(report, 'utf8'))).toEqual({ passed: 1, failed: 0, failures: [], again: [] })
  const kept = (await readdir(directory)).find((name) => name.startsWith('mq-chaos-mixed-worker-killed-'))!
  judgesInPieces(historyIn(join(directory, kept, 'history')))
  await rm(directory, { recursive: true })
})

/** Whatever is missing in it, and whatever is said of another task or number. */
function judgesInPieces(history: Iterable<HistoryEvent>): void {
  const events = [...history]
  const kinds = new Set(events.map(({ ev }) => ev))
  for (const kind of ['claim', 'cancel.ok', 'redrive.ok', 'settle.ok', 'pause.ok'] as const)
    expect(kinds).toContain(kind)
  const seen = new Set<string>()
  for (const change of [missing, misnamed, mistaken]) {
    const changed = events.flatMap((event, i) => (i % 10 === 0 ? change(event) : [event]))
    const judged = (shards: number): Verdict => inAnyOrder(check(changed, undefined, USUAL, shards))
    const whole = judged(1)
    expect(judged(4)).toEqual(whole)
    for (const { invariant } of whole.violations) seen.add(invariant)
  }
  expect([...seen]).toEqual(expect.arrayContaining(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8']))
}

const missing = (): HistoryEvent[] => []
const misnamed = (event: HistoryEvent): HistoryEvent[] => [
  'n' in event ? ({ ...event, n: `${event.n}0` } as HistoryEvent) : event,
]
const mistaken = (event: HistoryEvent): HistoryEvent[] => ['task' in event ? { ...event, task: event.task + 1 } : event]
