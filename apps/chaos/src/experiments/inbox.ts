import { CALM } from '@mq/redis-server/proxy'
import type { CrewPlan } from '../crew/crew-plan.ts'
import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting } from '../until.ts'
import { cutReplies } from './cut-replies.ts'
import type { Experiment, Scene } from './experiment.ts'
import { killAndRestart } from './redis-killed.ts'
import { repeated } from './repeated.ts'
import { stopFor } from './stop-for.ts'

const CUTS = 5

/** One program pushes to a list, and one enqueues. */
const crew = (): Partial<CrewPlan> => ({
  producers: 1,
  worker: { ...USUAL_CREW.worker, receives: true },
})

async function withPusher(scene: Scene, fault: (round: number) => Promise<void>): Promise<void> {
  const pusher = scene.crew.addProducer({ pushes: true, ownIds: 0, delayed: 0 })
  await scene.crew.join(pusher)
  await repeated(scene, fault)
}

/** Every task that was pushed ends, and none runs again but for a fault that struck its worker. */
export const inbox: Experiment = {
  name: 'inbox',
  fault: 'another program pushes the tasks; SIGKILL and SIGSTOP of workers, replies cut and held',
  bound: 'what was claimed and not settled',
  proxied: true,
  crew,
  peers: false,
  run: (scene) => withPusher(scene, (round) => strike(scene, (round + scene.dice.between(0, 3)) % 4)),
}

function redisKilled(fsync: 'everysec' | 'always', forgetsMs: number): Experiment {
  return {
    name: `inbox-redis-killed-${fsync}`,
    fault: `another program pushes the tasks; SIGKILL of Redis (appendfsync ${fsync}), then a restart`,
    bound: `what was claimed and not settled${forgetsMs > 0 ? `, or was confirmed in the ${forgetsMs} ms before` : ''}`,
    fsync,
    crew,
    peers: false,
    run: (scene) => withPusher(scene, () => killAndRestart(scene, forgetsMs)),
  }
}

export const inboxRedisKilledEverysec: Experiment = redisKilled('everysec', 2_000)
export const inboxRedisKilledAlways: Experiment = redisKilled('always', 0)

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
      return scene.strike('replies cut', [], () => cutReplies(scene, CUTS))
  }
}
