import { USUAL_CREW } from '../crew/crew-plan.ts'
import { until } from '../until.ts'
import type { Experiment } from './experiment.ts'
import { killAll } from './kill-all.ts'

const LONG_LEASE_MS = 3_600_000
/** Longer than the silence that is taken for an outage: leases are given time once more after it. */
const AWAY_MS = 5_200
/** From the end of a lease until somebody looks, on a busy machine. */
const SWEEP_MS = 2_500

/** What one worker was set to, once, must not decide how soon others recover. */
export const longLeaseOnce: Experiment = {
  name: 'long-lease-once',
  fault: `the first worker has a lease of an hour, and ends; the next ones are killed together by SIGKILL; ${AWAY_MS} ms later others start`,
  bound: `what the killed ones had claimed and not settled; it runs again within a lease and ${SWEEP_MS} ms`,
  workersLater: true,
  expected: { recoverWithinMs: USUAL_CREW.leaseMs + SWEEP_MS },
  steady: true,
  long: true,
  peers: false,
  async run(scene) {
    const { crew, rest, left } = scene
    const workers = crew.workers
    const others = [crew.addWorker(), crew.addWorker()]
    const visitor = crew.addWorker({ leaseMs: LONG_LEASE_MS })
    await Promise.all([visitor, ...others].map((hand) => hand.ready()))
    crew.begin([visitor])
    await rest()
    visitor.signal('SIGTERM')
    await until('the visitor to leave', 10_000, () => !visitor.alive)
    crew.begin(workers)
    await rest()
    for (const producer of crew.producers) producer.order('stop')
    await killAll(scene, workers, AWAY_MS)
    crew.begin(others)
    await until('all that they had to be done', 20_000, async () => (await left()) === 0)
  },
}
