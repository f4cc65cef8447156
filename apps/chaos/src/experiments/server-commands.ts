import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Experiment, Scene } from './experiment.ts'
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

/** Every restart and every failover does it too. */
async function flushScripts({ admin, size }: Scene): Promise<void> {
  await admin(async (redis) => {
    for (const begin = performance.now(); performance.now() - begin < 2 * size.restMs;) {
      await redis.call('SCRIPT', 'FLUSH', 'SYNC')
      await lasting(100)
    }
  })
}

export const scriptsFlushed: Experiment = {
  name: 'scripts-flushed',
  fault: 'SCRIPT FLUSH every 100 ms',
  bound: '0, and no error is reported',
  expected: { silent: true },
  peers: true,
  run: (scene) => repeated(scene, () => scene.strike('SCRIPT FLUSH', [], () => flushScripts(scene))),
}

/** Publishers have several publishes under way. */
export const publishesFlushed: Experiment = {
  name: 'publishes-flushed',
  fault: 'SCRIPT FLUSH every 100 ms, while two publishers with eight lanes each feed a group',
  bound: '0; no publish fails, and none is lost or doubled',
  crew: () => ({
    producers: 0,
    workers: 0,
    publishers: 2,
    groups: ['audit'],
    publisher: { ...USUAL_CREW.publisher, lanes: 8, pauseMs: [0, 4], durable: true },
  }),
  expected: { silent: true, groups: ['audit'] },
  steady: true,
  peers: false,
  run: (scene) => repeated(scene, () => scene.strike('SCRIPT FLUSH', [], () => flushScripts(scene))),
}
