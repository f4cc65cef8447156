import type { Contender } from './contenders/contender.ts'
import { profileInto } from './profile.ts'
import type { Measures, Scenario, Stage } from './scenarios/scenario.ts'
import { findServer } from './servers/all.ts'
import type { Place } from './servers/server.ts'

const WARM_UP_SHARE = 0.1

export interface Cell {
  readonly place: Place
  readonly contender: Contender
  readonly scenario: Scenario
  readonly count: number
  /** Where a CPU profile of the measured part goes. */
  readonly profile?: string | undefined
  readonly helper?: Stage['helper'] | undefined
  readonly usedCpuUs?: Stage['usedCpuUs'] | undefined
}

const NO_HELPER: Stage['helper'] = () => {
  throw new TypeError('this scenario needs the whole program')
}

/** One scenario of one contender, on an emptied server and connections of its own. */
export async function measure({
  place,
  contender,
  scenario,
  count,
  profile,
  helper = NO_HELPER,
  usedCpuUs = () => 0,
}: Cell): Promise<Measures> {
  const { url } = place
  const meter = await findServer(contender.server ?? 'redis').connectMeter(place)
  const stage: Stage = { url, contender, meter, profiled: (work) => work(), helper, usedCpuUs }
  try {
    await meter.flush()
    if (scenario.warmUp) {
      await scenario.run(stage, Math.ceil(count * WARM_UP_SHARE))
      await meter.flush()
    }
    if (profile === undefined) return await scenario.run(stage, count)
    const profiled: Stage['profiled'] = (work) => profileInto(profile, work)
    return await scenario.run({ ...stage, profiled, profile }, count)
  } finally {
    await meter.flush()
    await meter.close()
  }
}
