import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

/** The most that two producers add: more wait than a round of all keys takes. */
const TASKS = 4_000

/** Four loud keys, and 500 of which each has a few: more comes than the workers can do, until all is enqueued. */
export const fairShares: Experiment = {
  name: 'fair-shares',
  fault: 'SIGKILL of a worker; another takes its place; 504 keys, of which four have two thirds of the tasks',
  bound: 'what was claimed and not settled; no key is served before its turn while others wait',
  crew: () => ({
    producer: {
      ...USUAL_CREW.producer,
      lanes: 8,
      pauseMs: [0, 2],
      workMs: [5, 20],
      most: TASKS,
      keys: 500,
      delayed: 0,
      failing: 0,
    },
    worker: { ...USUAL_CREW.worker, concurrency: 4 },
  }),
  expected: { fairness: { weight: 3, leaseMs: USUAL_CREW.leaseMs } },
  steady: true,
  peers: false,
  run: (scene) =>
    repeated(scene, async () => {
      const victim = scene.dice.oneOf(scene.crew.workers)
      await scene.strike('SIGKILL', [victim.proc], () => victim.kill())
      await scene.crew.replace()
    }),
}
