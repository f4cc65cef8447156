import type { Contender } from '../contenders/contender.ts'
import type { Part } from '../options.ts'
import type { Failure, Sample } from '../rounds.ts'
import { lackOf } from '../scenarios/scenario.ts'
import { findServer } from '../servers/all.ts'
import { CLASS_TITLES, DEFAULT_SUITE } from '../suites.ts'
import { FORMATS, formatRatio } from './formats.ts'
import { growthSummary } from './growth-summary.ts'
import { CPU_OF, ROWS } from './rows.ts'
import type { Row } from './rows.ts'
import { median, scoresByRound, widestSpread } from './summary.ts'
import type { Scores } from './summary.ts'

/** What became of one part of a run. */
export interface Outcome {
  readonly part: Part
  readonly samples: readonly Sample[]
  /** Name, version and settings of each. */
  readonly servers: readonly string[]
  readonly failures: readonly Failure[]
}

/** One part as Markdown: a table, and under it what has to be known to read it. */
export function reportPart({ part, samples, servers, failures }: Outcome, versions: Versions): string {
  const { suite, durability, rounds, entries } = part
  const scores = scoresByRound(samples)
  // Who is not of the suite, and was asked for by name, comes last.
  const placeOf = (contender: Contender): number =>
    suite.contenders.includes(contender) ? suite.contenders.indexOf(contender) : suite.contenders.length
  const contenders = [...new Set(entries.flatMap((entry) => entry.contenders))].toSorted(
    (a, b) => placeOf(a) - placeOf(b),
  )
  const names = contenders.map(({ name }) => name)
  const heads = contenders.map((contender) => contender.title(versions[contender.package ?? ''] ?? ''))
  const rows = ROWS.filter(({ redisOnly }) => !redisOnly || suite === DEFAULT_SUITE).filter((row) =>
    names.some((name) => valuesOf(row, scores, name).length > 0),
  )
  const compared = names.length > 1 && names.includes(suite.yardstick)
  const yardstick = heads[names.indexOf(suite.yardstick)]
  return [
    `## ${suite.title}${suite.classes.length > 1 ? `: ${CLASS_TITLES[durability]}` : ''}`,
    '',
    ...servers.map((server) => `- ${server}.`),
    '',
    `| | ${heads.join(' | ')} |`,
    `|---|${'---|'.repeat(heads.length)}`,
    ...rows.map(
      (row) =>
        `| ${row.label.replace(CPU_OF, suite.cpuOf)} | ${names.map((name) => cell(row, scores, name, suite.yardstick)).join(' | ')} |`,
    ),
    '',
    `Medians of ${rounds === 1 ? 'one round' : `${rounds} rounds`}${compared ? `; in brackets the median of the ratios to ${yardstick} (or to bare) in the same round` : ''}.`,
    ...(rounds > 1
      ? [`Between rounds a rate varied by up to ${Math.round(widestSpread(samples) * 100)} % of its median.`]
      : []),
    '',
    ...METHOD,
    ...(suite.notes === undefined ? [] : ['', ...suite.notes]),
    ...(growthSummary(samples) === undefined ? [] : ['', growthSummary(samples)!]),
    '',
    ...contenders.map((contender, i) => `- ${heads[i]}: ${contender.settings}.`),
    ...absences(contenders, part),
    ...failures.map(figureless),
    '',
  ].join('\n')
}

type Versions = Readonly<Record<string, string>>

const METHOD: readonly string[] = [
  'Producer, worker and server share the machine. Each contender runs in a process of its own; for each number its connections',
  'are new and the server is empty; each round begins with another contender. A task is 140 bytes of JSON where nothing else is',
  'said, its handler an async function that does nothing. Each task was handled exactly once, or there would be no figure. Bytes',
  'are what Redis counts, or the tables of PostgreSQL, or the memory of the server’s processes, garbage included, and its files.',
]

/** Who takes no part, in the class or in a scenario, by its own word. */
function absences(contenders: readonly Contender[], { suite, durability, entries }: Part): string[] {
  const classless = suite.contenders.flatMap(({ server = 'redis' }) => {
    const reason = findServer(server).lacks?.[durability]
    return reason === undefined ? [] : `- Without ${server}: ${reason}.`
  })
  const lacking = contenders.flatMap((contender) => {
    const reasons = entries.map(({ scenario }) => lackOf(scenario, contender)).filter((reason) => reason !== undefined)
    return [...new Set(reasons)].map((reason) => `- ${contender.name} ${reason}.`)
  })
  return [...new Set([...classless, ...lacking])]
}

function figureless({ scenario, contender, message }: Failure): string {
  return `- No figure for ${contender}${scenario === undefined ? '' : ` in \`${scenario}\``}: ${message}.`
}

function valuesOf(row: Row, scores: readonly Scores[], contender: string): number[] {
  return scores.flatMap((ofRound) => row.of(ofRound, contender) ?? [])
}

/**
 * The median, and the median of what it is to the yardstick. A ratio is taken within a round, where both had the same
 * weather: on a machine that does other things too, rates move more between rounds than ratios do.
 */
function cell(row: Row, scores: readonly Scores[], contender: string, usual: string): string {
  const value = median(valuesOf(row, scores, contender))
  if (value === undefined) return '–'
  const yardstick = row.yardstick ?? usual
  const ratios = scores.flatMap((ofRound) => {
    const [own, other] = [row.of(ofRound, contender), row.of(ofRound, yardstick)]
    return own === undefined || !other ? [] : own / other
  })
  const ratio = contender === yardstick ? undefined : median(ratios)
  const shown = FORMATS[row.unit](value)
  return ratio === undefined ? shown : `${shown} (${formatRatio(ratio)}×)`
}
