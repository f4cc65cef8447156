import { CLASS_LOSSES, CLASS_TITLES } from '../suites.ts'
import { FORMATS } from './formats.ts'
import type { Outcome } from './part.ts'
import { ROWS } from './rows.ts'
import { median, scoresByRound } from './summary.ts'

/** One figure of the tables, for the chart. */
export interface ChartPoint {
  readonly row: string
  readonly contender: string
  /** What a crash loses. */
  readonly loses: string
  readonly value: number
  /** Where the figure is in the document, and what it is there: a check compares. */
  readonly description: string
}

/** The rows that the chart shows, by their labels. */
export const CHARTED: readonly string[] = [
  'enqueue, 1,000 callers at once, tasks/s',
  'process, concurrency 100, tasks/s',
]

/** Of the tables that are one for each class of durability. */
export function chartPoints(outcomes: readonly Outcome[], versions: Readonly<Record<string, string>>): ChartPoint[] {
  return outcomes
    .filter(({ part }) => part.suite.classes.length > 1)
    .flatMap(({ part, samples }) => {
      const scores = scoresByRound(samples)
      const contenders = [...new Set(part.entries.flatMap((entry) => entry.contenders))]
      const loses = CLASS_LOSSES[part.durability]
      return CHARTED.flatMap((label) => {
        const row = ROWS.find((each) => each.label === label)!
        return contenders.flatMap((contender) => {
          const value = median(scores.flatMap((ofRound) => row.of(ofRound, contender.name) ?? []))
          if (value === undefined) return []
          const title = contender.title(versions[contender.package ?? ''] ?? '')
          const description = [CLASS_TITLES[part.durability], label, title, FORMATS[row.unit](value)].join(' · ')
          return [{ row: label, contender: title.replace(/ \(.*\)$/, ''), loses, value, description }]
        })
      })
    })
}
