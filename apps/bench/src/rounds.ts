import { join } from 'node:path'
import { ContenderProcess } from './contender-process.ts'
import type { Contender } from './contenders/contender.ts'
import type { Entry } from './options.ts'
import { countOf } from './scenarios/scenario.ts'
import type { Measures, Scenario } from './scenarios/scenario.ts'
import type { Durability, Place } from './servers/server.ts'

export interface RoundsOptions {
  readonly entries: readonly Entry[]
  readonly rounds: number
  readonly scale: number
  readonly durability: Durability
  readonly placeOf: (contender: Contender) => Place
  /** The program that a contender's process runs. */
  readonly program: string
  readonly profile: string | undefined
  readonly onMeasured: (sample: Sample) => void
  readonly onFailed: (failure: Failure) => void
}

export interface Sample {
  readonly round: number
  readonly scenario: string
  readonly contender: string
  readonly measures: Measures
  /** With all that is not measured: connecting, warming up, filling, draining. */
  readonly tookMs: number
}

/** What has no figure, and why. No scenario: the contender has none at all. */
export interface Failure {
  readonly scenario: string | undefined
  readonly contender: string
  readonly message: string
}

/** A peer that does not come to an end has no figure; the longest that does takes half of this. */
const LONGEST_MS = 600_000

/**
 * Every scenario, every contender, round after round. Contenders take turns within a scenario, so that they meet the
 * same weather, and each round begins with another one. A peer that fails, or loses or doubles a task, has no figure
 * there; mq may not, and the run ends.
 */
export async function runRounds(
  options: RoundsOptions,
): Promise<{ readonly samples: readonly Sample[]; readonly failures: readonly Failure[] }> {
  const samples: Sample[] = []
  const failures: Failure[] = []
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
          const cell = { scenario: scenario.name, contender: contender.name }
          if (failures.some((failure) => isOf(failure, cell))) continue
          const startedAt = performance.now()
          try {
            const measures = await measureIn(processOf(contender), { ...options, scenario, contender, round })
            const sample = { round, ...cell, measures, tookMs: performance.now() - startedAt }
            samples.push(sample)
            options.onMeasured(sample)
          } catch (error) {
            if (contender.name.startsWith('mq')) throw error
            const failure = { ...cell, message: (error as Error).message }
            failures.push(failure)
            options.onFailed(failure)
            processes.get(contender.name)?.stop() // whatever it still does is in nobody's way
            processes.delete(contender.name)
          }
        }
      }
    } finally {
      for (const process of processes.values()) process.stop()
    }
  }
  return { samples: samples.filter((sample) => !failures.some((failure) => isOf(failure, sample))), failures }
}

function isOf(failure: Failure, cell: Pick<Sample, 'scenario' | 'contender'>): boolean {
  return failure.scenario === cell.scenario && failure.contender === cell.contender
}

interface Turn extends Pick<RoundsOptions, 'placeOf' | 'durability' | 'scale' | 'profile'> {
  readonly scenario: Scenario
  readonly contender: Contender
  readonly round: number
}

async function measureIn(process: ContenderProcess, turn: Turn): Promise<Measures> {
  const { placeOf, scale, profile, round } = turn
  const scenario = turn.scenario.name
  const contender = turn.contender.name
  const order = {
    place: placeOf(turn.contender),
    scenario,
    contender,
    count: Math.max(1, Math.round(countOf(turn.scenario, turn.contender, turn.durability)! * scale)),
    profile: profile && join(profile, `${scenario}-${contender}-${round}.cpuprofile`),
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const endless = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it was not done within ${LONGEST_MS / 1_000} s`)), LONGEST_MS)
  })
  try {
    return await Promise.race([process.measure(order), endless])
  } catch (error) {
    throw new Error(`${scenario}, ${contender}, round ${round}: ${(error as Error).message}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

export function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
