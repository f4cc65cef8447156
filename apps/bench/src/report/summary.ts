import type { Sample } from '../rounds.ts'

/** What a contender scored in one round; undefined for what was not measured. */
export type Scores = (scenario: string, contender: string, measure: string) => number | undefined

/** One for each round of a run. */
export function scoresByRound(samples: readonly Sample[]): readonly Scores[] {
  const rounds = [...new Set(samples.map(({ round }) => round))]
  return rounds.map((round) => {
    const ofRound = samples.filter((sample) => sample.round === round)
    return (scenario, contender, measure) =>
      ofRound.find((sample) => sample.scenario === scenario && sample.contender === contender)?.measures[measure]
  })
}

/** Undefined when there is nothing to take it of. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle]
  return sorted.length === 0 ? undefined : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The widest spread of a rate over the rounds, as a share of its median: how quiet the machine was. */
export function widestSpread(samples: readonly Sample[]): number {
  const rates = new Map<string, number[]>()
  for (const { scenario, contender, measures } of samples) {
    const key = `${scenario} ${contender}`
    if (measures['perSecond'] !== undefined) rates.set(key, [...(rates.get(key) ?? []), measures['perSecond']])
  }
  return Math.max(0, ...[...rates.values()].map((all) => (Math.max(...all) - Math.min(...all)) / median(all)!))
}
