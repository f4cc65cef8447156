import { expect, it } from 'vitest'
import { growthSummary } from '../../src/report/growth-summary.ts'
import type { Sample } from '../../src/rounds.ts'

const at = (depth: number, enqueueCpuUs: number, claimCpuUs: number, stallMs: number): Sample => ({
  round: 1,
  scenario: `growth-${depth}`,
  contender: 'mq',
  measures: { enqueueCpuUs, claimCpuUs, settleCpuUs: 3, stallMs },
  tookMs: 1,
})

it('compares the dearest depth with the cheapest, wherever they are', () => {
  const summary = growthSummary([at(1_000, 4, 5, 2), at(10_000, 3, 6, 7.25), at(100_000, 3.3, 5, 1)])
  expect(summary).toBe(
    'From 1,000 to 100,000 waiting, the dearest depth costs more than the cheapest by: ' +
      'enqueueing 33 %, claiming 20 %, settling 0 %. The longest call took 7.3 ms.',
  )
})

it('says nothing of a single depth, or of none', () => {
  expect(growthSummary([at(1_000, 4, 5, 2)])).toBeUndefined()
  expect(growthSummary([])).toBeUndefined()
})
