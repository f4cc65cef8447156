import type { Experiment } from './experiment.ts'
import { lasting } from '../until.ts'
import { repeated } from './repeated.ts'

const KILLS = 5

export const clientsKilled: Experiment = {
  name: 'clients-killed',
  fault: `CLIENT KILL of all connections, ${KILLS} times in a row`,
  bound: 'what was claimed and not settled',
  peers: true,
  run: (scene) =>
    repeated(scene, () =>
      scene.strike('CLIENT KILL', '*', async () => {
        for (let i = 0; i < KILLS; i++) {
          await scene.admin(async (redis) => {
            await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
            await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
          })
          await lasting(scene.dice.between(50, 300))
        }
      }),
    ),
}

export const clientsPaused: Experiment = {
  name: 'clients-paused',
  fault: 'CLIENT PAUSE for one and a half leases',
  bound: 'what was claimed and not settled',
  peers: true,
  run: (scene) =>
    repeated(scene, () =>
      scene.strike('CLIENT PAUSE', '*', async () => {
        const pauseMs = 1.5 * scene.leaseMs
        await scene.admin((redis) => redis.call('CLIENT', 'PAUSE', pauseMs, 'ALL'))
        await lasting(pauseMs)
      }),
    ),
}

export const scriptsFlushed: Experiment = {
  name: 'scripts-flushed',
  fault: 'SCRIPT FLUSH every 100 ms',
  bound: '0, and no error is to be seen',
  expected: { silent: true },
  peers: true,
  run: (scene) =>
    repeated(scene, () =>
      scene.strike('SCRIPT FLUSH', [], () =>
        scene.admin(async (redis) => {
          for (const begin = performance.now(); performance.now() - begin < 2 * scene.size.restMs;) {
            await redis.call('SCRIPT', 'FLUSH', 'SYNC')
            await lasting(100)
          }
        }),
      ),
    ),
}
