import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting } from '../until.ts'
import type { Experiment } from './experiment.ts'

const PRODUCERS = 2
const WORKERS = 3
/** However slow the machine is, something is done. */
const NEXT_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 200

/** All waits before anybody works: what costs more the more tasks there are is seen here only. */
export const backlog: Experiment = {
  name: 'backlog',
  fault:
    'a million tasks wait (20,000 in the short profile) before the first worker starts; meanwhile, in turns, a worker is killed by SIGKILL and all connections by CLIENT KILL',
  bound: 'what was claimed and not settled; each task is done',
  workersLater: true,
  crew: ({ backlog: tasks }) => ({
    producers: PRODUCERS,
    workers: WORKERS,
    producer: {
      ...USUAL_CREW.producer,
      lanes: 200,
      pauseMs: [0, 0],
      workMs: [0, 0],
      padPieces: [0, 0],
      ownIds: 0.01,
      delayed: 0.01,
      failing: 0.001,
      most: tasks / PRODUCERS,
    },
    worker: { ...USUAL_CREW.worker, concurrency: 100 },
  }),
  expected: { recoverWithinMs: 30_000 },
  steady: true,
  alone: true,
  peers: false,
  async run(scene) {
    const { crew, size, dice, strike, admin, write, left } = scene
    const { producers, workers } = crew
    const weigh = async (): Promise<void> => {
      const memory = await admin((redis) => redis.info('memory'))
      write({ ev: 'memory', usedBytes: Number(/used_memory:(\d+)/.exec(memory)![1]) })
    }
    await weigh()
    await goingOn('all to be enqueued', left, () => producers.every((producer) => producer.has('stopped')))
    await weigh()
    crew.begin(workers)
    const done = (): number => crew.count
    for (let round = 1; round <= size.rounds; round++) {
      const goal = (round / (size.rounds + 1)) * size.backlog
      await goingOn('the next fault', done, () => crew.count >= goal)
      const victim = dice.oneOf(crew.workers)
      await strike('SIGKILL', [victim.proc], () => victim.kill())
      await crew.replace()
      await strike('CLIENT KILL', '*', () =>
        admin(async (redis) => void (await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))),
      )
    }
    await goingOn('all to be done', left, async () => (await left()) === 0)
    await weigh()
  },
}

/** Waits as long as there is progress. */
async function goingOn(
  what: string,
  progress: () => number | Promise<number>,
  look: () => boolean | Promise<boolean>,
): Promise<void> {
  let last = await progress()
  let since = performance.now()
  while (!(await look())) {
    await lasting(LOOK_EVERY_MS)
    const now = await progress()
    if (now !== last) since = performance.now()
    else if (performance.now() - since > NEXT_WITHIN_MS)
      throw new Error(`${what}: for ${NEXT_WITHIN_MS} ms nothing was done`)
    last = now
  }
}
