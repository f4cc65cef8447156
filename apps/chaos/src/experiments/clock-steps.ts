import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting } from '../until.ts'
import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

const HOUR_S = 3_600
const STEPS_S = [HOUR_S, -2 * HOUR_S, HOUR_S]

/**
 * Leases are over at once, or will not be for hours; numbers, fences and ids go on. Delays, pauses before a retry
 * and how long an own id is kept are times of the server's clock, so there are none here, and no id is used twice: they
 * would be over an hour early, or an hour late.
 */
export const clockSteps: Experiment = {
  name: 'clock-steps',
  fault:
    "Redis' wall clock steps an hour ahead, two hours back, an hour ahead; without delays, retries and ids that are used twice, whose times are of that clock",
  bound: 'what was claimed and not settled, for each step',
  stepsClock: true,
  crew: () => ({ producer: { ...USUAL_CREW.producer, delayed: 0, failing: 0, again: 0 } }),
  expected: { clockSteps: true },
  steady: true,
  peers: false,
  run: (scene) =>
    repeated(scene, async () => {
      for (const bySeconds of STEPS_S) {
        await scene.strike('clock step', '*', async () => {
          scene.clock!.step(bySeconds)
          await lasting(scene.leaseMs)
        })
        await scene.rest()
      }
    }),
}
