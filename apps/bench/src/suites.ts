import { CONTENDERS, IN_MEMORY, SYSTEMS } from './contenders/all.ts'
import type { Contender } from './contenders/contender.ts'
import {
  GROWTH_SCENARIOS,
  LIBRARY_SCENARIOS,
  MEMORY_SCENARIOS,
  SYSTEM_SCENARIOS,
  WIDE_SCENARIOS,
} from './scenarios/all.ts'
import type { Scenario } from './scenarios/scenario.ts'
import type { Durability } from './servers/server.ts'

/** Contenders and scenarios that make one table, or one for each class of durability. */
export interface Suite {
  readonly name: string
  /** The table's heading. */
  readonly title: string
  readonly contenders: readonly Contender[]
  readonly classes: readonly Durability[]
  scenarios(durability: Durability): readonly Scenario[]
  /** Where none are asked for. */
  readonly rounds: number
  /** Ratios are to this contender. */
  readonly yardstick: string
  /** Whose processor time its rows speak of. */
  readonly cpuOf: string
}

export const SUITES: readonly Suite[] = [
  {
    name: 'libraries',
    title: 'Libraries on Redis',
    contenders: CONTENDERS,
    classes: ['none'],
    scenarios: () => LIBRARY_SCENARIOS,
    rounds: 3,
    yardstick: 'bullmq',
    cpuOf: 'Redis',
  },
  {
    name: 'systems',
    title: 'Other systems',
    contenders: SYSTEMS,
    classes: ['none', '1s', 'fsync'],
    // What hardly depends on the disk is measured once.
    scenarios: (durability) => (durability === 'none' ? [...SYSTEM_SCENARIOS, ...WIDE_SCENARIOS] : SYSTEM_SCENARIOS),
    rounds: 1,
    yardstick: 'mq',
    cpuOf: 'server',
  },
  {
    name: 'memory',
    title: 'In the memory of one process',
    contenders: IN_MEMORY,
    classes: ['none'],
    scenarios: () => MEMORY_SCENARIOS,
    rounds: 3,
    yardstick: 'mq-memory',
    cpuOf: 'process',
  },
  {
    name: 'growth',
    title: 'Cost as it grows',
    contenders: CONTENDERS.slice(0, 1),
    classes: ['none'],
    scenarios: () => GROWTH_SCENARIOS,
    rounds: 1,
    yardstick: 'mq',
    cpuOf: 'Redis',
  },
]

export const DEFAULT_SUITE: Suite = SUITES[0]!

/** For the chart: what a crash of the machine loses. */
export const CLASS_LOSSES: Readonly<Record<Durability, string>> = {
  none: 'everything',
  '1s': 'about a second',
  fsync: 'nothing',
}

export const CLASS_TITLES: Readonly<Record<Durability, string>> = {
  none: 'nothing survives a crash',
  '1s': 'about a second is lost in a crash',
  fsync: 'each commit waits for the disk',
}
