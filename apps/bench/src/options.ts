import { parseArgs } from 'node:util'
import { ALSO_RAN, CONTENDERS, findContender } from './contenders/all.ts'
import type { Contender } from './contenders/contender.ts'
import { SCENARIOS } from './scenarios/all.ts'
import type { Scenario } from './scenarios/scenario.ts'

export interface Options {
  readonly entries: readonly Entry[]
  readonly rounds: number
  /** Factor on the number of tasks. */
  readonly scale: number
  readonly write: boolean
  /** A directory for CPU profiles. */
  readonly profile: string | undefined
}

/** A scenario and who takes part. */
export interface Entry {
  readonly scenario: Scenario
  readonly contenders: readonly Contender[]
}

const QUICK_SCALE = 1 / 6
const QUICK_ROUNDS = '2'

export const USAGE = `pnpm bench [options]
  --rounds N           how often each is measured (3); medians are reported
  --quick              two rounds with a sixth of the tasks: less than a minute, and less exact
  --only A,B           scenarios, by name or by the beginning of their names: ${names(SCENARIOS.filter(isDefault))}
  --contenders A,B     ${names(CONTENDERS)}; also ${names(ALSO_RAN)}
  --depth              also the rate with 1,000 to 1,000,000 tasks waiting (mq, unless --contenders says otherwise)
  --scale X            factor on the number of tasks (1)
  --profile DIRECTORY  writes a CPU profile of each measured part, which costs speed
  --write              writes docs/benchmarks.md`

export class UsageError extends Error {}

export function parseOptions(args: readonly string[]): Options {
  const values = parse(args)
  const named = values.contenders?.split(',').map(contenderOf)
  const chosen = values.only?.split(',').flatMap(scenariosOf) ?? SCENARIOS.filter(isDefault)
  const scenarios = new Set(
    values.depth ? [...chosen, ...SCENARIOS.filter((scenario) => !isDefault(scenario))] : chosen,
  )
  const entries = [...scenarios].map((scenario) => {
    const invited = named ?? (isDefault(scenario) ? CONTENDERS : CONTENDERS.slice(0, 1))
    return { scenario, contenders: invited.filter(({ name }) => scenario.counts[name] !== undefined) }
  })
  return {
    entries: entries.filter(({ contenders }) => contenders.length > 0),
    rounds: positive('--rounds', values.rounds ?? (values.quick ? QUICK_ROUNDS : '3'), Number.isSafeInteger),
    scale: positive('--scale', values.scale ?? '1', Number.isFinite) * (values.quick ? QUICK_SCALE : 1),
    write: values.write === true,
    profile: values.profile,
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
    args: [...args],
    options: {
      rounds: { type: 'string' },
      scale: { type: 'string' },
      quick: { type: 'boolean' },
      only: { type: 'string' },
      contenders: { type: 'string' },
      depth: { type: 'boolean' },
      profile: { type: 'string' },
      write: { type: 'boolean' },
    },
  })
}

function isDefault({ optional }: Scenario): boolean {
  return optional !== true
}

function names(all: readonly { readonly name: string }[]): string {
  return all.map(({ name }) => name).join(', ')
}

function contenderOf(name: string): Contender {
  const contender = findContender(name)
  if (!contender) throw new UsageError(`unknown contender: ${name}: ${names([...CONTENDERS, ...ALSO_RAN])}`)
  return contender
}

function scenariosOf(name: string): readonly Scenario[] {
  const exact = SCENARIOS.filter((scenario) => scenario.name === name)
  const found = exact.length > 0 ? exact : SCENARIOS.filter((scenario) => scenario.name.startsWith(name))
  if (found.length === 0) throw new UsageError(`unknown scenario: ${name}: ${names(SCENARIOS)}`)
  return found
}

function positive(option: string, text: string, isKind: (value: number) => boolean): number {
  const value = Number(text)
  if (isKind(value) && value > 0) return value
  throw new UsageError(`${option} takes a number greater than 0, not ${text}`)
}
