import { parseArgs } from 'node:util'
import { CONTENDERS } from './contenders/all.ts'
import { EXPERIMENTS } from './experiments/all.ts'
import type { Experiment, Size } from './experiments/experiment.ts'

export interface Options {
  readonly profile: Profile
  readonly experiments: readonly Experiment[]
  readonly contenders: readonly string[]
  readonly seeds: readonly number[]
  /** Of experiments whose seeds hardly differ. */
  readonly steadySeeds: readonly number[]
  /** Experiments that run at the same time. */
  readonly lanes: number
  readonly keep: boolean
  /** They were chosen by name. */
  readonly named: boolean
}

interface Profile {
  readonly name: string
  readonly size: Size
  readonly seeds: number
  readonly steadySeeds: number
}

/** Each keeps a quarter of a core busy: programs rest between two tasks, and leases have to end. */
const LANES = 4
const SOAK_MS = 30 * 60_000

const PROFILES: readonly Profile[] = [
  {
    name: 'short',
    size: { rounds: 1, restMs: 500, messages: 10_000, awaited: 5_000, backlog: 20_000, noiseMs: 150, soakMs: SOAK_MS },
    seeds: 2,
    steadySeeds: 1,
  },
  {
    name: 'full',
    size: {
      rounds: 4,
      restMs: 1_000,
      messages: 100_000,
      awaited: 50_000,
      backlog: 1_000_000,
      noiseMs: 2,
      soakMs: SOAK_MS,
    },
    seeds: 3,
    steadySeeds: 3,
  },
]

export const USAGE = `pnpm chaos [options]
  --profile NAME      ${PROFILES.map(({ name, size }) => `${name} (${size.rounds} faults a run)`).join(', ')}; default short
  --seeds N|A,B       how many, beginning with 1 (2, in the full profile 3), or which: "7,8", "7,"
  --only A,B          experiments, by name or by the beginning of their names:
                      ${EXPERIMENTS.map(({ name }) => name).join(', ')}
  --contenders A,B    ${CONTENDERS.join(', ')}; default mq
  --soak-minutes N    how long \`soak\` takes (30); in the full profile, or where it is named
  --lanes N           experiments at a time (${LANES})
  --keep              keep every history, not only the bad ones`

export class UsageError extends Error {}

export function parseOptions(args: readonly string[]): Options {
  const values = parse(args)
  const chosen = oneOf('profile', PROFILES, values.profile ?? 'short')
  const soakMs = 60_000 * whole('--soak-minutes', values['soak-minutes'] ?? '30')
  const profile = { ...chosen, size: { ...chosen.size, soakMs } }
  const seeds = seedsOf(values.seeds ?? String(profile.seeds))
  return {
    profile,
    experiments: values.only?.split(',').flatMap(experimentsOf) ?? EXPERIMENTS,
    contenders: (values.contenders ?? 'mq').split(',').map(contenderOf),
    seeds,
    steadySeeds: values.seeds === undefined ? seeds.slice(0, profile.steadySeeds) : seeds,
    lanes: whole('--lanes', values.lanes ?? String(LANES)),
    keep: values.keep === true,
    named: values.only !== undefined,
  }
}

function parse(args: readonly string[]): ReturnType<typeof read>['values'] {
  try {
    return read(args).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function read(args: readonly string[]) {
  return parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      profile: { type: 'string' },
      seeds: { type: 'string' },
      only: { type: 'string' },
      contenders: { type: 'string' },
      lanes: { type: 'string' },
      keep: { type: 'boolean' },
      'soak-minutes': { type: 'string' },
    },
  })
}

function oneOf<T extends { readonly name: string }>(what: string, all: readonly T[], name: string): T {
  const found = all.find((each) => each.name === name)
  if (found) return found
  throw new UsageError(`there is no ${what} ${name}: ${all.map((each) => each.name).join(', ')}`)
}

function contenderOf(name: string): string {
  if (CONTENDERS.includes(name)) return name
  throw new UsageError(`unknown contender: ${name}: ${CONTENDERS.join(', ')}`)
}

function experimentsOf(name: string): readonly Experiment[] {
  const exact = EXPERIMENTS.filter((experiment) => experiment.name === name)
  const found = exact.length > 0 ? exact : EXPERIMENTS.filter((experiment) => experiment.name.startsWith(name))
  if (found.length > 0) return found
  throw new UsageError(`unknown experiment: ${name}: ${EXPERIMENTS.map((each) => each.name).join(', ')}`)
}

function seedsOf(text: string): readonly number[] {
  if (text.includes(',')) {
    return text
      .split(',')
      .filter((part) => part !== '')
      .map((seed) => whole('--seeds', seed))
  }
  return Array.from({ length: whole('--seeds', text) }, (_, i) => i + 1)
}

function whole(option: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new UsageError(`${option} takes a whole number above 0, not ${text}`)
}
