import { parseArgs } from 'node:util'
import { ALL_CONTENDERS, CONTENDERS, findContender } from './contenders/all.ts'
import type { Contender } from './contenders/contender.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { countOf } from './scenarios/scenario.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { findServer } from './servers/all.ts'
import { DURABILITIES } from './servers/server.ts'
import type { Durability } from './servers/server.ts'
import { DEFAULT_SUITE, SUITES } from './suites.ts'
import type { Suite } from './suites.ts'

export interface Options {
  /** One table each. */
  readonly parts: readonly Part[]
  /** Factor on the number of tasks. */
  readonly scale: number
  readonly write: boolean
  /** A directory for CPU profiles. */
  readonly profile: string | undefined
}

/** What makes one table. */
export interface Part {
  readonly suite: Suite
  readonly durability: Durability
  readonly entries: readonly Entry[]
  readonly rounds: number
}

/** A scenario and who takes part. */
export interface Entry {
  readonly scenario: Scenario
  readonly contenders: readonly Contender[]
}

const QUICK_SCALE = 1 / 6
const QUICK_ROUNDS = 2
const QUICK_BESIDE_S = 15

export const USAGE = `pnpm bench [options]
  --rounds N           how often each is measured (by suite: ${SUITES.map(({ name, rounds }) => `${name} ${rounds}`).join(', ')}); medians are reported
  --quick              at most two rounds with a sixth of the tasks, and no backlog that takes ${QUICK_BESIDE_S} s to fill: less exact
  --suite A,B          tables: ${names(SUITES)} (${DEFAULT_SUITE.name})
  --class A,B          durability: ${DURABILITIES.join(', ')} (${DURABILITIES[0]}); alone, of the suite systems
  --all                every suite in every class it has: about an hour
  --only A,B           scenarios, by name or by the beginning of their names: ${names(SCENARIOS)}
  --contenders A,B     ${names(ALL_CONTENDERS)}
  --depth              also the rate with 1,000 to 1,000,000 tasks waiting (mq, unless --contenders says otherwise)
  --scale X            factor on the number of tasks (1)
  --profile DIRECTORY  writes a CPU profile of each measured part, which costs speed
  --write              writes docs/benchmarks.md, with other systems the chart, and the README's figures: all of it with --all`

export class UsageError extends Error {}

type Values = ReturnType<typeof read>['values']

export function parseOptions(args: readonly string[]): Options {
  const values = parse(args)
  const parts = suitesOf(values).flatMap((suite) =>
    classesOf(values, suite).map((durability) => partOf(values, suite, durability)),
  )
  const inhabited = parts.filter(({ entries }) => entries.length > 0)
  if (inhabited.length === 0) throw new UsageError('none of the contenders takes part in any of the scenarios')
  return {
    parts: inhabited,
    scale: positive('--scale', values.scale ?? '1', Number.isFinite) * (values.quick ? QUICK_SCALE : 1),
    write: values.write === true,
    profile: values.profile,
  }
}

function partOf(values: Values, suite: Suite, durability: Durability): Part {
  const named = values.contenders?.split(',').map(contenderOf)
  const chosen = values.only?.split(',').flatMap(scenariosOf) ?? suite.scenarios(durability)
  const scenarios = new Set(
    values.depth ? [...chosen, ...SCENARIOS.filter(({ name }) => name.startsWith('depth-'))] : chosen,
  )
  const entries = [...scenarios].map((scenario) => {
    const invited = named ?? (scenario.optional && suite === DEFAULT_SUITE ? CONTENDERS.slice(0, 1) : suite.contenders)
    const contenders = invited.filter(
      (contender) =>
        hasClass(contender, durability) &&
        countOf(scenario, contender) !== undefined &&
        !(values.quick && besideS(scenario, contender) > QUICK_BESIDE_S),
    )
    return { scenario, contenders }
  })
  return {
    suite,
    durability,
    entries: entries.filter(({ contenders }) => contenders.length > 0),
    rounds: positive(
      '--rounds',
      values.rounds ?? String(values.quick ? Math.min(QUICK_ROUNDS, suite.rounds) : suite.rounds),
      Number.isSafeInteger,
    ),
  }
}

function besideS(scenario: Scenario, { pace }: Contender): number {
  return pace === undefined ? 0 : (scenario.besideS?.(pace) ?? 0)
}

export function hasClass(contender: Contender, durability: Durability): boolean {
  if (contender.classes !== undefined) return contender.classes.includes(durability)
  return findServer(contender.server ?? 'redis').settings[durability] !== undefined
}

function parse(args: readonly string[]): Values {
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
      suite: { type: 'string' },
      class: { type: 'string' },
      all: { type: 'boolean' },
      only: { type: 'string' },
      contenders: { type: 'string' },
      depth: { type: 'boolean' },
      profile: { type: 'string' },
      write: { type: 'boolean' },
    },
  })
}

function suitesOf({ all, suite, class: durability }: Values): readonly Suite[] {
  if (all) return SUITES
  if (suite !== undefined) return suite.split(',').map((name) => known('suite', name, SUITES))
  return durability === undefined ? [DEFAULT_SUITE] : [known('suite', 'systems', SUITES)]
}

/** Those that are named, of those that the suite has; a suite of one class has that one. */
function classesOf({ all, class: given }: Values, { classes }: Suite): readonly Durability[] {
  const named = given?.split(',').map((name) => known('class', name, DURABILITY_NAMES).name)
  if (named !== undefined) return named.filter((durability) => classes.includes(durability))
  return all ? classes : classes.slice(0, 1)
}

const DURABILITY_NAMES = DURABILITIES.map((name) => ({ name }))

function known<T extends { readonly name: string }>(kind: string, name: string, all: readonly T[]): T {
  const found = all.find((each) => each.name === name)
  if (!found) throw new UsageError(`unknown ${kind}: ${name}: ${names(all)}`)
  return found
}

function names(all: readonly { readonly name: string }[]): string {
  return all.map(({ name }) => name).join(', ')
}

function contenderOf(name: string): Contender {
  const contender = findContender(name)
  if (!contender) throw new UsageError(`unknown contender: ${name}: ${names(ALL_CONTENDERS)}`)
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
