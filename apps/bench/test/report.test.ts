import { expect, it } from 'vitest'
import { CONTENDERS } from '../src/contenders/all.ts'
import { parseOptions } from '../src/options.ts'
import { report } from '../src/report.ts'
import { rotate } from '../src/rounds.ts'
import type { Sample } from '../src/rounds.ts'
import { median, widestSpread } from '../src/summary.ts'

const machine = {
  date: '2026-11-23',
  cpu: 'Test CPU',
  cpus: 2,
  node: '20.20.2',
  redis: 'Redis 7.0.15',
  load: 0.25,
  versions: { '@mq/core': '0.1.0', bullmq: '6.7.0', 'bee-queue': '2.0.0', ioredis: '6.0.0' },
}

const sample = (round: number, scenario: string, contender: string, measures: Sample['measures']): Sample => ({
  round,
  scenario,
  contender,
  measures,
  tookMs: 1_000,
})

const samples = [
  ...[80_000, 120_000, 100_000].map((perSecond, i) =>
    sample(i + 1, 'enqueue', 'mq', { perSecond, cpuUs: 4, commands: 0.01 }),
  ),
  ...[10_100, 10_000, 9_900].map((perSecond, i) =>
    sample(i + 1, 'enqueue', 'bullmq', { perSecond, cpuUs: 32, commands: 9 }),
  ),
  sample(1, 'process-100', 'mq', { perSecond: 90_000, cpuUs: 6, commands: 0.05 }),
  sample(1, 'process-100', 'bullmq', { perSecond: 12_345, cpuUs: 68, commands: 23 }),
]

const text = report({
  command: 'pnpm bench --rounds 3',
  machine,
  rounds: 3,
  contenders: CONTENDERS.filter(({ name }) => name === 'mq' || name === 'bullmq'),
  samples,
})

it('says how, where and with what it was made', () => {
  expect(text).toContain('`pnpm bench --rounds 3` · 2026-11-23 · 2 × Test CPU, Node 20.20.2, Redis 7.0.15')
  expect(text).toContain('| | mq 0.1.0 | BullMQ 6.7.0 |')
})

it('gives medians, and ratios to BullMQ', () => {
  expect(text).toContain('| enqueue, 1,000 callers at once, tasks/s | 100,000 (10×) | 10,000 |')
  expect(text).toContain('| process, concurrency 100, tasks/s | 90,000 (7.3×) | 12,300 |')
})

it('speaks of ratios only where there are some', () => {
  const alone = CONTENDERS.filter(({ name }) => name === 'mq')
  expect(text).toContain('ratios to BullMQ')
  expect(report({ command: 'pnpm bench', machine, rounds: 1, contenders: alone, samples })).not.toContain('ratios')
})

it('adds up what enqueueing and processing cost', () => {
  expect(text).toContain('| Redis CPU a task, both | 10 µs (0.1×) | 100 µs |')
})

it('leaves out what was not measured', () => {
  expect(text).not.toContain('waiting task')
  expect(text).not.toContain('undefined')
  expect(text).not.toContain('NaN')
})

it('says how far the rounds were apart', () => {
  expect(widestSpread(samples)).toBeCloseTo(0.4)
  expect(text).toContain('varied by up to 40 %')
})

it('finds the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeUndefined()
})

it('begins each round with another contender', () => {
  expect([0, 1, 2, 3].map((by) => rotate(['a', 'b', 'c'], by).join(''))).toEqual(['abc', 'bca', 'cab', 'abc'])
})

it('runs everything but the depths by default, and the depths for mq alone', () => {
  const entries = parseOptions(['--depth']).entries.map(({ scenario, contenders }) => [
    scenario.name,
    contenders.length,
  ])
  expect(entries).toContainEqual(['process-10', 5])
  expect(entries).toContainEqual(['depth-1000000', 1])
  expect(parseOptions([]).entries.some(({ scenario }) => scenario.optional)).toBe(false)
})

it('takes the beginning of a name for all that begin so', () => {
  const { entries } = parseOptions(['--only', 'process,bulk', '--contenders', 'bullmq,mq'])
  expect(entries.map(({ scenario }) => scenario.name)).toEqual(['process-1', 'process-10', 'process-100', 'bulk'])
  expect(entries[0]!.contenders.map(({ name }) => name)).toEqual(['bullmq', 'mq'])
  expect(parseOptions(['--only', 'process-1']).entries).toHaveLength(1)
})

it.each([['--rounds', '0'], ['--rounds', 'x'], ['--only', 'nothing'], ['--contenders', 'kafka'], ['--fast']])(
  'refuses %s %s',
  (...args) => {
    expect(() => parseOptions(args)).toThrow()
  },
)
