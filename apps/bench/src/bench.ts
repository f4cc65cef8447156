import { mkdir } from 'node:fs/promises'
import { startRedis } from '@mq/redis-server'
import type { Contender } from './contenders/contender.ts'
import { describeMachine } from './machine.ts'
import type { Options } from './options.ts'
import { report } from './report.ts'
import { runRounds } from './rounds.ts'
import type { Sample } from './rounds.ts'

export interface BenchParts {
  readonly options: Options
  /** As it was typed, for the table. */
  readonly command: string
  readonly program: string
  readonly node: string
  readonly onMeasured: (sample: Sample) => void
}

/** Starts a Redis, runs all there is to run, and answers the report. Nothing is left behind. */
export async function bench({ options, command, program, node, onMeasured }: BenchParts): Promise<string> {
  const { entries, rounds, profile } = options
  if (profile !== undefined) await mkdir(profile, { recursive: true })
  const contenders: readonly Contender[] = [...new Set(entries.flatMap((entry) => entry.contenders))]
  await using server = await startRedis()
  const packages = contenders.map((contender) => contender.package)
  const machine = await describeMachine({ url: server.url, node, packages })
  const samples = await runRounds({ ...options, url: server.url, program, onMeasured })
  return report({ command, machine, rounds, contenders, samples })
}
