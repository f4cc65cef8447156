import type { Contender } from './contenders/contender.ts'
import { Meter } from './meter.ts'
import { profileInto } from './profile.ts'
import type { Measures, Scenario, Stage } from './scenarios/scenario.ts'

const WARM_UP_SHARE = 0.1

export interface Cell {
  readonly url: string
  readonly contender: Contender
  readonly scenario: Scenario
  readonly count: number
  /** Where a CPU profile of the measured part goes. */
  readonly profile?: string | undefined
}

/** One scenario of one contender, on an emptied Redis and connections of its own. */
export async function measure({ url, contender, scenario, count, profile }: Cell): Promise<Measures> {
  const meter = await Meter.connect(url)
  const stage: Stage = { url, contender, meter, profiled: (work) => work() }
  try {
    await meter.flush()
    if (scenario.warmUp) {
      await scenario.run(stage, Math.ceil(count * WARM_UP_SHARE))
      await meter.flush()
    }
    if (profile === undefined) return await scenario.run(stage, count)
    return await scenario.run({ ...stage, profiled: (work) => profileInto(profile, work) }, count)
  } finally {
    await meter.flush()
    meter.close()
  }
}
