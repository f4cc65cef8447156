import { createBroker, silentLogger } from '@mq/core'
import type { LimitsPatch } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { CALM } from '@mq/redis-server/proxy'
import { SHARED, SHARED_QUEUE } from '../contenders/shared-limits.ts'
import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'
import { repeated } from './repeated.ts'
import { stopFor } from './stop-for.ts'

/** None is above those of the definition, which the checker holds the run to. */
const CHANGES: readonly LimitsPatch[] = [
  { concurrency: 2 },
  { perKey: { rate: { count: 20, perMs: 1_000 } } },
  { rate: { count: 50, perMs: 1_000, burst: 1 } },
  { perKey: { rate: null, holdOnRetry: null } },
]

/**
 * A worker is killed or stands still, replies do not arrive, somebody changes the limits: one after the other, in any
 * order.
 */
export const limits: Experiment = {
  name: 'limits',
  fault: 'SIGKILL, SIGSTOP for more than a lease, replies cut, live changes of the limits; 500 keys',
  bound: 'what was claimed and not settled; by the server’s clock no key, queue or rate is above its limit',
  proxied: true,
  crew: () => ({
    producer: { ...USUAL_CREW.producer, keys: 500, pauseMs: [60, 160], workMs: [2, 30] },
    worker: { ...USUAL_CREW.worker, shares: true },
  }),
  expected: { shares: { ...SHARED, leaseMs: USUAL_CREW.leaseMs } },
  peers: false,
  run: (scene) => repeated(scene, (round) => strike(scene, (round + scene.dice.between(0, 3)) % 4)),
}

async function strike(scene: Scene, kind: number): Promise<void> {
  const victim = scene.dice.oneOf(scene.crew.workers)
  switch (kind) {
    case 0:
      await scene.strike('SIGKILL', [victim.proc], () => victim.kill())
      await scene.crew.replace()
      return
    case 1:
      return stopFor(scene, victim, scene.leaseMs * 1.6)
    case 2:
      return scene.strike('replies-held', '*', async () => {
        scene.proxy.weather = { holdReplies: true }
        await lasting(scene.leaseMs * 0.8)
        scene.proxy.weather = CALM
      })
    default:
      return change(scene)
  }
}

async function change({ server, dice }: Scene): Promise<void> {
  const broker = createBroker(redisAdapter({ url: server.url }), { logger: silentLogger, onError: () => undefined })
  const queue = broker.queue(SHARED_QUEUE)
  if (dice.next() < 0.3) await queue.limits.reset()
  else await queue.limits.set(dice.oneOf(CHANGES))
  await broker.close()
}
