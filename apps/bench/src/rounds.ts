import { join } from 'node:path'
import { ContenderProcess } from './contender-process.ts'
import type { Contender } from './contenders/contender.ts'
import type { Entry } from './options.ts'
import type { Measures, Scenario } from './scenarios/scenario.ts'

export interface RoundsOptions {
  readonly entries: readonly Entry[]
  readonly rounds: number
  readonly scale: number
  readonly url: string
  /** The program that a contender's process runs. */
  readonly program: string
  readonly profile: string | undefined
  readonly onMeasured: (sample: Sample) => void
}

export interface Sample {
  readonly round: number
  readonly scenario: string
  readonly contender: string
  readonly measures: Measures
  /** With all that is not measured: connecting, warming up, filling, draining. */
  readonly tookMs: number
}

/**
 * Every scenario, every contender, round after round. Contenders take turns within a scenario, so that they meet the
 * same weather, and each round begins with another one. Throws at the first task that is lost or handled twice.
 */
export async function runRounds(options: RoundsOptions): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (let round = 1; round <= options.rounds; round++) {
    const processes = new Map<string, ContenderProcess>()
    const processOf = ({ name }: Contender): ContenderProcess => {
      const known = processes.get(name) ?? new ContenderProcess(options.program)
      processes.set(name, known)
      return known
    }
    try {
      for (const { scenario, contenders } of options.entries) {
        if (scenario.once && round > 1) continue
        for (const contender of rotate(contenders, round - 1)) {
          const startedAt = performance.now()
          const measures = await measureIn(processOf(contender), { ...options, scenario, contender, round })
          const sample = {
            round,
            scenario: scenario.name,
            contender: contender.name,
            measures,
            tookMs: performance.now() - startedAt,
          }
          samples.push(sample)
          options.onMeasured(sample)
        }
      }
    } finally {
      for (const process of processes.values()) process.stop()
    }
  }
  return samples
}

interface Turn extends Pick<RoundsOptions, 'url' | 'scale' | 'profile'> {
  readonly scenario: Scenario
  readonly contender: Contender
  readonly round: number
}

async function measureIn(process: ContenderProcess, turn: Turn): Promise<Measures> {
  const { url, scale, profile, round } = turn
  const scenario = turn.scenario.name
  const contender = turn.contender.name
  try {
    return await process.measure({
      url,
      scenario,
      contender,
      count: Math.max(1, Math.round(turn.scenario.counts[contender]! * scale)),
      profile: profile && join(profile, `${scenario}-${contender}-${round}.cpuprofile`),
    })
  } catch (error) {
    throw new Error(`${scenario}, ${contender}, round ${round}: ${(error as Error).message}`, { cause: error })
  }
}

export function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
