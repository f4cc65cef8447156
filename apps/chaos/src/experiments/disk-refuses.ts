import { lasting, until } from '../until.ts'
import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

/** `stop-writes-on-bgsave-error`: every write is refused, for certain, while reads and pub/sub go on. */
export const diskRefuses: Experiment = {
  name: 'disk-refuses',
  fault: 'a snapshot of Redis fails, so that it refuses every write (MISCONF), until one succeeds',
  bound: 'what was claimed and not settled',
  args: ['--save', '3600 1', '--enable-protected-configs', 'local'],
  steady: true,
  peers: false,
  run: (scene) =>
    repeated(scene, () =>
      scene.strike('MISCONF', '*', () =>
        scene.admin(async (redis) => {
          const save = async (directory: string, status: 'ok' | 'err'): Promise<void> => {
            await redis.config('SET', 'dir', directory)
            await redis.bgsave()
            const wanted = new RegExp(`rdb_bgsave_in_progress:0[^]*rdb_last_bgsave_status:${status}`)
            await until(`a snapshot that ends as ${status}`, 20_000, async () =>
              wanted.test(await redis.info('persistence')),
            )
          }
          await save('/proc', 'err')
          await lasting(2 * scene.leaseMs)
          await save(scene.server.directory, 'ok')
        }),
      ),
    ),
}
