import type { Contender, Pace } from '../contenders/contender.ts'
import type { Meter } from '../meters/meter.ts'
import type { Durability } from '../servers/server.ts'

/** Where a scenario runs: an empty server, and a contender that nobody else uses. */
export interface Stage {
  readonly url: string
  readonly contender: Contender
  readonly meter: Meter
  /** What the scenario is about, so that a profile shows that and nothing else. */
  readonly profiled: <T>(work: () => Promise<T>) => Promise<T>
  /** Where a profile goes, for a scenario that is about another process than this one. */
  readonly profile?: string | undefined
  /** Processor time of the contender's process so far, µs. */
  readonly usedCpuUs: () => number
  /** Starts this program again in another role, for what has to be in a process of its own. */
  readonly helper: (role: HelperRole) => Helper
}

export type HelperRole = 'worker' | 'proxy' | 'web'

/** Asked by messages, one answer each, but for what it tells by itself. It ends with `end`, or with this process. */
export interface Helper {
  /** Resolves to its answer. */
  ask(message: object): Promise<unknown>
  onTold(listener: (told: unknown) => void): void
  end(): void
}

/** What was measured, by name. */
export type Measures = Readonly<Record<string, number>>

export interface Scenario {
  readonly name: string
  /**
   * How many tasks, by contender: as many as it does in about a second on a small machine, since all that is reported
   * is per second or per task.
   */
  readonly counts: Readonly<Record<string, number>>
  /** The same for contenders that are not in `counts` and have a pace. Undefined: the scenario is not for it. */
  size?(pace: Pace, contender: Contender): number | undefined
  /** What it takes of a contender besides, s, however few tasks are counted: a quick run leaves out who takes long. */
  besideS?(pace: Pace): number
  /** Its count is not of tasks a second: it is the same for who is slow. */
  readonly fixed?: boolean | undefined
  /** Measured in the first round only: it does not vary. */
  readonly once?: boolean | undefined
  /** Not by default. */
  readonly optional?: boolean | undefined
  /** A smaller run of the same before, not reported, so that none is measured while its code is still interpreted. */
  readonly warmUp: boolean
  /** Throws an AuditError when a task was lost or handled twice. */
  run(stage: Stage, count: number): Promise<Measures>
}

const SYNCED_SHARE = 0.1

/** How many tasks a contender gets in a scenario; undefined where it does not take part. */
export function countOf(scenario: Scenario, contender: Contender, durability: Durability = 'none'): number | undefined {
  const share = durability === 'fsync' ? (contender.syncedShare ?? SYNCED_SHARE) : 1
  const count = scenario.counts[contender.name] ?? sizeOf(scenario, contender)
  return count === undefined ? undefined : Math.max(1, Math.round(count * (scenario.fixed ? 1 : share)))
}

function sizeOf(scenario: Scenario, contender: Contender): number | undefined {
  if (contender.pace === undefined || lackOf(scenario, contender) !== undefined) return undefined
  return scenario.size?.(contender.pace, contender)
}

/** Why a contender has no part in a scenario, where it says so itself. */
export function lackOf({ name }: Scenario, { lacks = {} }: Contender): string | undefined {
  return Object.entries(lacks).find(([beginning]) => name.startsWith(beginning))?.[1]
}
