import { lasting, until } from '../until.ts'
import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

const FILLER_KEYS = 400_000
const FILLER_BYTES = 300

/** A server that is there and says `LOADING` to every command. */
export const redisLoading: Experiment = {
  name: 'redis-loading',
  fault: `SIGKILL of Redis (appendfsync always), then a restart that loads ${FILLER_KEYS.toLocaleString('en')} other keys first`,
  bound: 'what was claimed and not settled',
  fsync: 'always',
  steady: true,
  peers: false,
  before: ({ admin }) =>
    admin(async (redis) => {
      // In a database of its own, so that the audit of ours sees none of it.
      await redis.select(1)
      await redis.call('DEBUG', 'POPULATE', FILLER_KEYS, 'filler', FILLER_BYTES)
      await redis.call('BGREWRITEAOF')
      await until('the file to hold it all', 60_000, async () =>
        /aof_rewrite_in_progress:0/.test(await redis.info('persistence')),
      )
    }),
  run: (scene) =>
    repeated(scene, () =>
      scene.strike('redis SIGKILL', '*', async () => {
        await scene.server.kill()
        await lasting(scene.dice.between(50, 300))
        await scene.server.restart()
      }),
    ),
}
