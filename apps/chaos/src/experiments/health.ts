import { USUAL_CREW } from '../crew/crew-plan.ts'
import { CALM } from '@mq/redis-server/proxy'
import type { Weather } from '@mq/redis-server/proxy'
import { lasting } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'

/** How long `ready` may lag behind the truth: a question that nobody answers takes a second. */
export const TRUE_WITHIN_MS = 2_000
const LONGER_MS = 200
const GROUPS = ['mail']

interface Outage {
  readonly kind: string
  readonly begin: (scene: Scene) => Promise<void>
  readonly end: (scene: Scene) => Promise<void>
}

const weather = (kind: string, bad: Weather): Outage => ({
  kind,
  begin: async ({ proxy }) => void (proxy.weather = bad),
  end: async ({ proxy }) => void (proxy.weather = CALM),
})

const OUTAGES: readonly Outage[] = [
  {
    kind: 'redis SIGKILL',
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restart(),
  },
  weather('blackhole', { holdCommands: true, holdReplies: true }),
  weather('half-open-replies', { holdReplies: true }),
  {
    // Reads are answered all the while.
    kind: 'CLIENT PAUSE WRITE',
    begin: async ({ admin }) => void (await admin((redis) => redis.call('CLIENT', 'PAUSE', 60_000, 'WRITE'))),
    end: async ({ admin }) => void (await admin((redis) => redis.call('CLIENT', 'UNPAUSE'))),
  },
  {
    kind: 'redis SIGSTOP',
    begin: async ({ server }) => server.pause(),
    end: async ({ server }) => server.resume(),
  },
]

/**
 * A worker or a member of a group that does nothing for want of Redis must not call itself ready, however the
 * connection looks.
 */
export const health: Experiment = {
  name: 'health',
  fault:
    'Redis killed, a blackhole, held replies, CLIENT PAUSE of writes, Redis stopped: each for longer than `ready` may be wrong',
  bound: 'what was claimed and not settled',
  fsync: 'always',
  proxied: true,
  crew: () => ({ publishers: 1, groups: GROUPS, publisher: { ...USUAL_CREW.publisher, durable: true } }),
  expected: { healthWithinMs: TRUE_WITHIN_MS, groups: GROUPS },
  steady: true,
  long: true,
  peers: false,
  async run(scene) {
    await scene.rest()
    for (let round = 0; round < scene.size.rounds; round++) {
      for (const { kind, begin, end } of OUTAGES) {
        // Written down as over just before it is: who is ready at once says nothing wrong.
        await scene.strike(kind, '*', async () => {
          await begin(scene)
          await lasting(5 * scene.size.restMs)
        })
        await end(scene)
        await lasting(TRUE_WITHIN_MS + LONGER_MS)
      }
    }
    await scene.rest()
  },
}
