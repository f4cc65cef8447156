import { expect, it } from 'vitest'
import { findContender } from '../../src/contenders/all.ts'
import type { Part } from '../../src/options.ts'
import { reportPart } from '../../src/report/part.ts'
import { rotate } from '../../src/rounds.ts'
import type { Failure, Sample } from '../../src/rounds.ts'
import { findScenario } from '../../src/scenarios/all.ts'
import { DEFAULT_SUITE, SUITES } from '../../src/suites.ts'
import type { Suite } from '../../src/suites.ts'
import { median, widestSpread } from '../../src/report/summary.ts'

const versions = { '@mq/core': '0.1.0', bullmq: '6.7.0', 'bee-queue': '2.0.0', ioredis: '6.0.0', 'pg-boss': '12.0.0' }

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

const part = (names: readonly string[], suite: Suite = DEFAULT_SUITE): Part => ({
  suite,
  durability: 'none',
  rounds: 3,
  entries: [
    {
      scenario: findScenario('enqueue')!,
      contenders: names.map((name) => findContender(name)!),
    },
  ],
})

const outcome = { part: part(['mq', 'bullmq']), samples, servers: ['Redis 7.0.15: no persistence'], failures: [] }
const text = reportPart(outcome, versions)

it('says what it was made with', () => {
  expect(text).toContain('## Libraries on Redis\n\n- Redis 7.0.15: no persistence.\n\n| | mq 0.1.0 | BullMQ 6.7.0 |')
})

it('says in which class of durability a table is that has others', () => {
  const systems = SUITES.find(({ name }) => name === 'systems')!
  const inClass = { ...part(['mq', 'bullmq'], systems), durability: 'fsync' as const }
  const other = reportPart({ ...outcome, part: inClass }, versions)
  expect(other).toContain('## Other systems: each commit waits for the disk')
  expect(other).toContain('| server CPU a task, both | 10 µs | 100 µs (10×) |')
  expect(other).not.toContain('Redis commands')
})

it('says what else has to be known of a suite', () => {
  const web = SUITES.find(({ name }) => name === 'web')!
  const told = reportPart({ ...outcome, part: part(['mq-web', 'fastify'], web) }, versions)
  expect(told).toContain(web.notes!.join('\n'))
  expect(text).not.toContain(web.notes![0])
})

it('names what has no figure, and why', () => {
  const failures: readonly Failure[] = [
    { scenario: 'enqueue', contender: 'bullmq', message: 'it lost one' },
    { scenario: undefined, contender: 'pg-boss', message: 'postgres cannot be had here' },
  ]
  const told = reportPart({ ...outcome, failures }, versions)
  expect(told).toContain('- No figure for bullmq in `enqueue`: it lost one.')
  expect(told).toContain('- No figure for pg-boss: postgres cannot be had here.')
})

it('names what a contender cannot do', () => {
  const replies = {
    ...part(['mq', 'pg-boss']),
    entries: [{ scenario: findScenario('reply')!, contenders: [findContender('pg-boss')!] }],
  }
  expect(reportPart({ ...outcome, part: replies }, versions)).toContain('- pg-boss has no way to await a result.')
})

it('gives medians, and ratios to BullMQ', () => {
  expect(text).toContain('| enqueue, 1,000 callers at once, tasks/s | 100,000 (10×) | 10,000 |')
  expect(text).toContain('| process, concurrency 100, tasks/s | 90,000 (7.3×) | 12,300 |')
})

it('speaks of ratios only where there are some', () => {
  expect(text).toContain('ratios to BullMQ')
  expect(reportPart({ ...outcome, part: part(['mq']) }, versions)).not.toContain('ratios')
})

it('puts who is not of the suite last', () => {
  expect(reportPart({ ...outcome, part: part(['beanstalkd', 'bullmq', 'mq']) }, versions)).toContain(
    '| | mq 0.1.0 | BullMQ 6.7.0 |',
  )
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
