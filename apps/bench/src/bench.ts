import { mkdir } from 'node:fs/promises'
import type { Contender } from './contenders/contender.ts'
import { describeMachine } from './machine.ts'
import type { Options, Part } from './options.ts'
import { chartPoints } from './report/chart-points.ts'
import type { ChartPoint } from './report/chart-points.ts'
import { report } from './report/report.ts'
import { reportPart } from './report/part.ts'
import type { Outcome } from './report/part.ts'
import { runRounds } from './rounds.ts'
import type { Failure, Sample } from './rounds.ts'
import { ServerPark } from './servers/server-park.ts'

export interface BenchParts {
  readonly options: Options
  /** As it was typed, for the table. */
  readonly command: string
  readonly program: string
  readonly node: string
  readonly onMeasured: (sample: Sample) => void
  readonly onFailed: (failure: Failure) => void
}

export interface Report {
  /** Markdown. */
  readonly text: string
  /** For the chart; none where no table is of it. */
  readonly points: readonly ChartPoint[]
}

/** Starts the servers, runs all there is to run, and answers the report. Nothing is left behind. */
export async function bench({ options, command, node, ...parts }: BenchParts): Promise<Report> {
  if (options.profile !== undefined) await mkdir(options.profile, { recursive: true })
  const contenders = [...new Set(options.parts.flatMap(contendersOf))]
  const packages = contenders.flatMap((contender) => contender.package ?? [])
  const machine = await describeMachine({ node, packages })
  const outcomes: Outcome[] = []
  for (const part of options.parts) outcomes.push(await runPart(part, { options, ...parts }))
  const tables = outcomes.map((outcome) => reportPart(outcome, machine.versions))
  return { text: report({ command, machine, tables }), points: chartPoints(outcomes, machine.versions) }
}

function contendersOf({ entries }: Part): readonly Contender[] {
  return [...new Set(entries.flatMap((entry) => entry.contenders))]
}

/** One class of durability: its servers live as long as its rounds. */
async function runPart(part: Part, parts: Omit<BenchParts, 'command' | 'node'>): Promise<Outcome> {
  const { options, program, onMeasured, onFailed } = parts
  await using park = new ServerPark(part.durability)
  const absent = await park.open(contendersOf(part))
  for (const [contender, message] of absent) onFailed({ scenario: undefined, contender, message })
  const entries = part.entries
    .map(({ scenario, contenders }) => ({
      scenario,
      contenders: contenders.filter(({ name }) => !absent.has(name)),
    }))
    .filter(({ contenders }) => contenders.length > 0)
  const { scale, profile } = options
  const { durability } = part
  const rounds = {
    entries,
    durability,
    rounds: part.rounds,
    scale,
    profile,
    placeOf: park.placeOf,
    program,
    onMeasured,
    onFailed,
  }
  const { samples, failures } = await runRounds(rounds)
  return {
    part: { ...part, entries },
    samples,
    servers: park.titles,
    failures: [
      ...[...absent].map(([contender, message]) => ({ scenario: undefined, contender, message })),
      ...failures,
    ],
  }
}
