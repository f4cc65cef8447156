import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting, until } from '../until.ts'
import type { Experiment } from './experiment.ts'

const ROOM_BYTES = 2 * 2 ** 20

/** Full of waiting tasks; then workers come, and must be able to empty it as it is. */
export const memoryFull: Experiment = {
  name: 'memory-full',
  fault: '`maxmemory` reached by waiting tasks (noeviction); then workers start, and the limit stays',
  bound: '0; enqueues are refused, settling and claiming are not',
  workersLater: true,
  crew: () => ({ producer: { ...USUAL_CREW.producer, padPieces: [300, 600], workMs: [0, 2], pauseMs: [0, 5] } }),
  steady: true,
  peers: true,
  async run(scene) {
    await scene.strike('maxmemory', [], async () => {
      await scene.admin(async (redis) => {
        const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1])
        await redis.config('SET', 'maxmemory', used + ROOM_BYTES)
        await until('Redis to be full', 30_000, async () => (await redis.info('errorstats')).includes('errorstat_OOM'))
      })
      await lasting(scene.size.restMs)
      scene.crew.begin(scene.crew.workers)
    })
    await scene.rest()
    await scene.rest()
  },
}
