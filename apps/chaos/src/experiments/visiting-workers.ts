import { lasting, until } from '../until.ts'
import type { Experiment } from './experiment.ts'
import { killAll } from './kill-all.ts'

/** Longer than the silence that is taken for an outage. */
const AWAY_MS = 5_500
const VISIT_MS = 1_500
/** A lost lease is given time after an outage twice at the most. */
const MOST_VISITS = 4

/** As by cron: no worker runs most of the time, and the next one must recover what an earlier one lost. */
export const visitingWorkers: Experiment = {
  name: 'visiting-workers',
  fault: `SIGKILL of all workers; then one worker runs for ${VISIT_MS} ms and none for ${AWAY_MS} ms, in turns, until no task is left`,
  bound: 'what the killed ones had claimed and not settled',
  expected: { recoverWithinMs: MOST_VISITS * (AWAY_MS + VISIT_MS) },
  steady: true,
  long: true,
  peers: false,
  async run(scene) {
    const { crew, rest, left } = scene
    await rest()
    for (const producer of crew.producers) producer.order('stop')
    await killAll(scene, crew.workers)
    for (let visit = 0; visit < MOST_VISITS; visit++) {
      await lasting(AWAY_MS)
      const visitor = await crew.replace()
      await lasting(VISIT_MS)
      visitor.signal('SIGTERM')
      await until('the visitor to leave', 10_000, () => !visitor.alive)
      if ((await left()) === 0) return
    }
    throw new Error(`${await left()} tasks are left after ${MOST_VISITS} visits`)
  },
}
