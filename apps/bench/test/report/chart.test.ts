import { expect, it } from 'vitest'
import { findContender } from '../../src/contenders/all.ts'
import { CHARTED, chartPoints } from '../../src/report/chart-points.ts'
import { drawChart } from '../../src/report/chart.ts'
import type { Outcome } from '../../src/report/part.ts'
import { findScenario } from '../../src/scenarios/all.ts'
import { DEFAULT_SUITE, SUITES } from '../../src/suites.ts'
import type { Suite } from '../../src/suites.ts'

const systems = SUITES.find(({ name }) => name === 'systems')!
const versions = { '@mq/core': '0.1.0', 'pg-boss': '12.0.0', amqplib: '2.3.1' }

const outcome = (suite: Suite, durability: 'none' | 'fsync', rates: Readonly<Record<string, number>>): Outcome => ({
  part: {
    suite,
    durability,
    rounds: 1,
    entries: [
      { scenario: findScenario('enqueue')!, contenders: Object.keys(rates).map((name) => findContender(name)!) },
    ],
  },
  samples: Object.entries(rates).map(([contender, perSecond]) => ({
    round: 1,
    scenario: 'enqueue',
    contender,
    measures: { perSecond },
    tookMs: 1,
  })),
  servers: [],
  failures: [],
})

const outcomes = [
  outcome(DEFAULT_SUITE, 'none', { mq: 200_000 }),
  outcome(systems, 'none', { mq: 100_000, 'pg-boss': 4_321 }),
  outcome(systems, 'fsync', { mq: 30_000, 'rabbitmq-quorum': 9_000 }),
]
const points = chartPoints(outcomes, versions)

it('shows what is in a table for each class of durability, and nothing else', () => {
  expect(points.map(({ contender, loses, value }) => [contender, loses, value])).toEqual([
    ['mq 0.1.0', 'everything', 100_000],
    ['pg-boss 12.0.0', 'everything', 4_321],
    ['mq 0.1.0', 'nothing', 30_000],
    ['RabbitMQ quorum queue', 'nothing', 9_000],
  ])
})

it('says of each figure where it stands in the document', () => {
  expect(points[1]!.description).toBe(`nothing survives a crash · ${CHARTED[0]} · pg-boss 12.0.0 · 4,320`)
})

it('has no points where no such table was made', () => {
  expect(chartPoints([outcome(DEFAULT_SUITE, 'none', { mq: 1 })], versions)).toEqual([])
})

it.each(['light', 'dark'] as const)('is an SVG with a mark for each figure: %s', async (theme) => {
  const svg = await drawChart(points, theme)
  expect(svg).toMatch(/^<svg /)
  for (const { description, contender } of points) {
    expect(svg).toContain(`aria-label="${description}"`)
    expect(svg).toContain(contender)
  }
  expect(svg).toContain(theme === 'light' ? '#1f2328' : '#f0f6fc')
})
