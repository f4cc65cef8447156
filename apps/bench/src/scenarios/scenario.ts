import type { Contender } from '../contenders/contender.ts'
import type { Meter } from '../meter.ts'

/** Where a scenario runs: an empty Redis, and a contender that nobody else uses. */
export interface Stage {
  readonly url: string
  readonly contender: Contender
  readonly meter: Meter
  /** What the scenario is about, so that a profile shows that and nothing else. */
  readonly profiled: <T>(work: () => Promise<T>) => Promise<T>
}

/** What was measured, by name. */
export type Measures = Readonly<Record<string, number>>

export interface Scenario {
  readonly name: string
  /**
   * How many tasks, by contender: as many as it does in about a second on a small machine, since all that is reported
   * is per second or per task. No number: the scenario is not for it.
   */
  readonly counts: Readonly<Record<string, number>>
  /** Measured in the first round only: it does not vary. */
  readonly once?: boolean | undefined
  /** Not by default. */
  readonly optional?: boolean | undefined
  /** A smaller run of the same before, not reported, so that none is measured while its code is still interpreted. */
  readonly warmUp: boolean
  /** Throws an AuditError when a task was lost or handled twice. */
  run(stage: Stage, count: number): Promise<Measures>
}
