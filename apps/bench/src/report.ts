import type { Contender } from './contenders/contender.ts'
import type { Machine } from './machine.ts'
import { ROWS } from './rows.ts'
import type { Row, Unit } from './rows.ts'
import type { Sample } from './rounds.ts'
import { median, scoresByRound, widestSpread } from './summary.ts'
import type { Scores } from './summary.ts'

/** Ratios are to this one. */
const YARDSTICK = 'bullmq'

export interface ReportParts {
  readonly command: string
  readonly machine: Machine
  readonly rounds: number
  readonly contenders: readonly Contender[]
  readonly samples: readonly Sample[]
}

/** The run as Markdown: one table, and under it what has to be known to read it. */
export function report({ command, machine, rounds, contenders, samples }: ReportParts): string {
  const scores = scoresByRound(samples)
  const names = contenders.map(({ name }) => name)
  const heads = contenders.map((contender) => contender.title(machine.versions[contender.package] ?? ''))
  const rows = ROWS.filter((row) => names.some((name) => valuesOf(row, scores, name).length > 0))
  const compared = names.length > 1 && names.includes(YARDSTICK)
  const { date, cpus, cpu, node, redis } = machine
  return [
    `\`${command}\` · ${date} · ${cpus} × ${cpu}, Node ${node}, ${redis}`,
    '',
    `| | ${heads.join(' | ')} |`,
    `|---|${'---|'.repeat(heads.length)}`,
    ...rows.map((row) => `| ${row.label} | ${names.map((name) => cell(row, scores, name)).join(' | ')} |`),
    '',
    `Medians of ${rounds === 1 ? 'one round' : `${rounds} rounds`}${compared ? '; in brackets the median of the ratios to BullMQ (or to bare) in the same round' : ''}.`,
    `Between rounds a rate varied by up to ${Math.round(widestSpread(samples) * 100)} % of its median; before the run the machine's`,
    `load was ${machine.load.toFixed(1)}.`,
    '',
    ...METHOD,
    '',
    ...contenders.map((contender, i) => `- ${heads[i]}: ${contender.settings}.`),
    '',
  ].join('\n')
}

const METHOD: readonly string[] = [
  'Producer, worker and Redis share the machine; no persistence. Each contender runs in a process of its own; for each number',
  'its connections are new and Redis is empty; each round begins with another contender. A task is 140 bytes of JSON, its handler',
  'an async function that does nothing. Each task was handled exactly once, or there would be no table.',
]

function valuesOf(row: Row, scores: readonly Scores[], contender: string): number[] {
  return scores.flatMap((ofRound) => row.of(ofRound, contender) ?? [])
}

/**
 * The median, and the median of what it is to the yardstick. A ratio is taken within a round, where both had the same
 * weather: on a machine that does other things too, rates move more between rounds than ratios do.
 */
function cell(row: Row, scores: readonly Scores[], contender: string): string {
  const value = median(valuesOf(row, scores, contender))
  if (value === undefined) return '–'
  const yardstick = row.yardstick ?? YARDSTICK
  const ratios = scores.flatMap((ofRound) => {
    const [own, other] = [row.of(ofRound, contender), row.of(ofRound, yardstick)]
    return own === undefined || !other ? [] : own / other
  })
  const ratio = contender === yardstick ? undefined : median(ratios)
  const shown = FORMATS[row.unit](value)
  return ratio === undefined ? shown : `${shown} (${formatRatio(ratio)}×)`
}

const FORMATS: Record<Unit, (value: number) => string> = {
  rate: (value) => Number(value.toPrecision(3)).toLocaleString('en'),
  microseconds: (value) => `${significant(value)} µs`,
  milliseconds: (value) => `${significant(value)} ms`,
  count: significant,
  bytes: (value) => value.toFixed(0),
}

function formatRatio(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : significant(ratio, 2)
}

function significant(value: number, digits = 3): string {
  return value === 0 ? '0' : String(Number(value.toPrecision(digits)))
}
