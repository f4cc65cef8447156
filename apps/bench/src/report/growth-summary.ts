import type { Sample } from '../rounds.ts'
import { GROWTH_DEPTHS } from '../scenarios/growth.ts'

const PARTS = { enqueueCpuUs: 'enqueueing', claimCpuUs: 'claiming', settleCpuUs: 'settling' } as const

/** How flat mq's cost is, in a sentence; undefined where it was not measured at two depths at least. */
export function growthSummary(samples: readonly Sample[]): string | undefined {
  const measured = GROWTH_DEPTHS.flatMap((depth) => {
    const sample = samples.find(({ scenario }) => scenario === `growth-${depth}`)
    return sample === undefined ? [] : [{ depth, measures: sample.measures }]
  })
  const [first, last] = [measured[0], measured.at(-1)]
  if (first === undefined || last === undefined || first === last) return undefined
  const grown = Object.entries(PARTS).map(([measure, act]) => {
    const costs = measured.map(({ measures }) => measures[measure]!)
    const percent = Math.round((Math.max(...costs) / Math.min(...costs) - 1) * 100)
    return `${act} ${percent} %`
  })
  const stalls = measured.flatMap(({ measures }) => measures['stallMs'] ?? [])
  const [from, to] = [first, last].map(({ depth }) => depth.toLocaleString('en'))
  return (
    `From ${from} to ${to} waiting, the dearest depth costs more than the cheapest by: ${grown.join(', ')}. ` +
    `The longest call took ${Math.max(...stalls).toFixed(1)} ms.`
  )
}
