import type { Figures } from './checker/verdict.ts'
import type { Run, Skip } from './run-experiment.ts'

type Countable = { [K in keyof Figures]: Figures[K] extends number ? K : never }[keyof Figures]

const COLUMNS: readonly (readonly [string, Countable])[] = [
  ['faults', 'faults'],
  ['operations', 'operations'],
  ['acknowledged', 'acknowledged'],
  ['lost', 'lost'],
  ['unsynced', 'unsynced'],
  ['unexpected', 'unexpected'],
  ['duplicates', 'duplicates'],
  ['bound', 'bound'],
  ['beyond', 'beyondBound'],
  ['stalls', 'stalls'],
]

/** One table for one contender: a line per experiment, its seeds together. */
export function tableOf(runs: readonly Run[]): string {
  const heads = [
    'experiment',
    'runs',
    ...COLUMNS.map(([head]) => head),
    'stale refused',
    'unavailable s',
    'recovery s',
    'verdict',
  ]
  const names = new Set(runs.map(({ experiment }) => experiment.name))
  const lines = [...names].map((name) => {
    return lineOf(
      name,
      runs.filter(({ experiment }) => experiment.name === name),
    )
  })
  return [heads, heads.map((_, i) => (i === 0 || i === heads.length - 1 ? '---' : '---:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function lineOf(name: string, runs: readonly Run[]): string[] {
  const all = runs.map(({ verdict }) => verdict.figures)
  const sum = (figure: Countable): number => all.reduce((total, figures) => total + figures[figure], 0)
  const bad = runs.filter(({ verdict }) => verdict.violations.length > 0).length
  return [
    name,
    String(runs.length),
    ...COLUMNS.map(([, figure]) => sum(figure).toLocaleString('en')),
    `${sum('staleRefused')} of ${sum('staleAttempts')}`,
    spread(all.flatMap(({ unavailableMs }) => unavailableMs)),
    spread(all.flatMap(({ recoveryMs }) => recoveryMs)),
    bad === 0 ? 'holds' : `${bad} of ${runs.length} broken: ${invariantsOf(runs).join(' ')}`,
  ]
}

function invariantsOf(runs: readonly Run[]): string[] {
  return [...new Set(runs.flatMap(({ verdict }) => verdict.violations.map(({ invariant }) => invariant)))]
}

/** Median and largest, in seconds. */
function spread(valuesMs: readonly number[]): string {
  if (valuesMs.length === 0) return '–'
  const sorted = valuesMs.toSorted((a, b) => a - b)
  const seconds = (ms: number): string => (ms / 1_000).toFixed(2)
  return `${seconds(sorted[Math.floor((sorted.length - 1) / 2)]!)} / ${seconds(sorted.at(-1)!)}`
}

/** What stuck subscribers cost: a line for each run that measured it. */
export function isolationOf(runs: readonly Run[]): string {
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
  return runs
    .flatMap(({ experiment, seed, verdict: { figures } }) => {
      if (figures.isolation === undefined) return []
      const { aloneP99Ms, besideP99Ms, serverBytes, publisherBytes } = figures.isolation
      const p99 = `p99 of a fast subscriber ${aloneP99Ms.toFixed(1)} ms, ${besideP99Ms.toFixed(1)} ms beside stuck ones`
      const memory = `Redis at most ${mebibytes(serverBytes)} more, a publisher ${mebibytes(publisherBytes)}`
      return [`${experiment.name}, seed ${seed}: ${p99}; ${memory}`]
    })
    .join('\n')
}

/** How soon callers learnt what they awaited, and what that cost their other calls. */
export function answersOf(runs: readonly Run[]): string {
  return runs
    .flatMap(({ experiment, seed, verdict: { figures } }) => {
      if (figures.answers === undefined) return []
      const { awaited, slowestMs, calmP99Ms, recoveringP99Ms } = figures.answers
      const slowest = `${awaited.toLocaleString('en')} results awaited, the slowest ${slowestMs.toFixed(0)} ms late`
      const probes = `p99 of other calls ${p99(recoveringP99Ms)} while answers were made good, ${p99(calmP99Ms)} later`
      return [`${experiment.name}, seed ${seed}: ${slowest}; ${probes}`]
    })
    .join('\n')
}

/** NaN where no call was made at such a time. */
function p99(ms: number): string {
  return Number.isNaN(ms) ? 'not measured' : `${ms.toFixed(1)} ms`
}

/** What was broken, in words, a few of each run. */
export function complaintsOf(runs: readonly Run[], most = 5): string {
  return runs
    .filter(({ verdict }) => verdict.violations.length > 0)
    .map(({ experiment, seed, verdict, directory }) => {
      const shown = verdict.violations.slice(0, most).map(({ invariant, what }) => `  ${invariant}: ${what}`)
      const more = verdict.violations.length - shown.length
      const rest = more > 0 ? [`  and ${more} more`] : []
      return [
        `${experiment.name}, seed ${seed}${directory ? ` (history in ${directory})` : ''}`,
        ...shown,
        ...rest,
      ].join('\n')
    })
    .join('\n')
}

/** For the report of CI: what is against each bad run, and how each is named to run it again. */
export function failuresOf(runs: readonly Run[]): { readonly failures: string[]; readonly again: string[] } {
  const bad = runs.filter(({ verdict }) => verdict.violations.length > 0)
  const again = bad.map(({ experiment, seed }) => `${experiment.name} seed ${seed}`)
  return { again, failures: bad.map((run, i) => `${again[i]}: ${complaintsOf([run])}`) }
}

export interface Summary {
  readonly passed: number
  readonly failed: number
}

/** Experiments × seeds. */
export function summaryOf(runs: readonly Run[]): Summary {
  const failed = runs.filter(({ verdict }) => verdict.violations.length > 0).length
  return { passed: runs.length - failed, failed }
}

export function skipsOf(skips: readonly Skip[]): string {
  return skips.map(({ experiment, reason }) => `${experiment.name} was left out: ${reason}\n`).join('')
}
