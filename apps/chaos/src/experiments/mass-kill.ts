import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting, until } from '../until.ts'
import type { Experiment } from './experiment.ts'
import { killAll } from './kill-all.ts'

const WORKERS = 3
const TASKS = 300
const KILLS = 2
const WINDOW_MS = 2_000
/** Two loads at the most, however busy the machine is. */
const FRESH_WITHIN_MS = 500

/**
 * A bad deploy, or a machine that goes down twice: all that was running is suspected, and new tasks must not wait for
 * it.
 */
export const massKill: Experiment = {
  name: 'mass-kill',
  fault: `SIGKILL of ${WORKERS} workers that run ${TASKS} tasks, and of their replacements, which run them again; then new tasks are enqueued, too`,
  bound:
    'what the killed ones had claimed and not settled; each ends, and p99 of the new ones to their start is bounded',
  workersLater: true,
  crew: () => ({
    producers: 1,
    workers: WORKERS,
    producer: { ...USUAL_CREW.producer, lanes: 8, pauseMs: [0, 2], most: TASKS, failing: 0, delayed: 0 },
    worker: { ...USUAL_CREW.worker, concurrency: TASKS / WORKERS },
  }),
  // The suspects run one after the other in each worker, between new ones.
  expected: ({ noiseMs }) => ({
    recoverWithinMs: 30_000,
    starts: { share: 0.99, withinMs: FRESH_WITHIN_MS + 2 * noiseMs },
  }),
  steady: true,
  peers: false,
  async run(scene) {
    const { crew, write, left } = scene
    const fresh = crew.addProducer({ most: Number.MAX_SAFE_INTEGER, lanes: 4, pauseMs: [10, 40] })
    const crews = [crew.workers, ...Array.from({ length: KILLS }, () => crew.workers.map(() => crew.addWorker()))]
    await Promise.all([fresh, ...crews.flat()].map((hand) => hand.ready()))
    for (const doomed of crews.slice(0, KILLS)) {
      for (const hand of doomed) hand.order('hold')
      crew.begin(doomed)
      await until('all to run', 20_000, () => doomed.reduce((sum, hand) => sum + hand.running, 0) === TASKS)
      await killAll(scene, doomed)
    }
    crew.begin([fresh, ...crews[KILLS]!])
    await until('new ones to be done', 20_000, () => crew.count > 0)
    write({ ev: 'window.begin', stuck: [] })
    await lasting(WINDOW_MS)
    write({ ev: 'window.end' })
    fresh.order('stop')
    await until('all to end', 60_000, async () => !fresh.alive && (await left()) === 0)
  },
}
