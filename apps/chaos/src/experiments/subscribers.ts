import { ANNOUNCED_WITHIN_MS } from '../checker/subscriptions.ts'
import { CALM } from '@mq/redis-server/proxy'
import { lasting } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'

const FAULTS: readonly ((scene: Scene) => Promise<void>)[] = [
  async ({ admin }) => void (await admin((redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'))),
  async ({ proxy }) => proxy.reset(),
  async ({ proxy, dice }) => {
    proxy.weather = { holdReplies: true }
    await lasting(dice.between(300, 1_000))
    proxy.weather = CALM
    proxy.reset()
  },
  async ({ server, dice }) => {
    await server.kill()
    await lasting(dice.between(50, 500))
    await server.restart()
  },
]

/** Ephemeral channels may lose messages, and must say so. */
export const subscribers: Experiment = {
  name: 'subscribers',
  fault: 'subscribers and publishers: CLIENT KILL, resets, held replies, Redis killed with all its data',
  bound: 'no message twice; every loss is announced',
  proxied: true,
  crew: () => ({ producers: 0, workers: 0, publishers: 2, subscribers: 2 }),
  long: true,
  peers: false,
  async run(scene) {
    await scene.rest()
    for (let round = 0; round < scene.size.rounds; round++) {
      for (const fault of FAULTS) {
        await scene.strike('channel fault', '*', () => fault(scene))
        await scene.rest()
      }
    }
    for (const publisher of scene.crew.producers) publisher.order('stop')
    await lasting(ANNOUNCED_WITHIN_MS + 1_500)
  },
}
