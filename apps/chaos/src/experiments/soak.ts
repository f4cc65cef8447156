import { lasting } from '../until.ts'
import type { Experiment } from './experiment.ts'

const LOOK_EVERY_MS = 5_000
/** A fault each: what each leaves behind adds up. */
const KILL_EVERY_MS = 60_000
const MIB = 2 ** 20

/** Long load with a fault now and then: what grows slowly is seen here only. */
export const soak: Experiment = {
  name: 'soak',
  fault:
    'load for 30 minutes (`--soak-minutes N`), with a SIGKILL of a worker (never the first) and of all connections each minute',
  bound: 'what was claimed and not settled; memory of Redis and of each process stays flat',
  expected: { rssGrowthBytes: 96 * MIB, redisGrowthBytes: 8 * MIB },
  steady: true,
  onlyFull: 'it takes half an hour',
  peers: false,
  async run({ crew, dice, size, strike, admin, write, rest }) {
    const begin = performance.now()
    let killedAt = begin
    while (performance.now() - begin < size.soakMs) {
      await lasting(LOOK_EVERY_MS)
      const usedBytes = await admin(async (redis) => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]))
      write({ ev: 'memory', usedBytes })
      if (performance.now() - killedAt < KILL_EVERY_MS) continue
      killedAt = performance.now()
      // The first one lives through it all, so that what a worker gathers is seen.
      const victim = dice.oneOf(crew.workers.slice(1))
      await strike('SIGKILL', [victim.proc], () => victim.kill())
      await crew.replace()
      await strike('CLIENT KILL', '*', () =>
        admin(async (redis) => void (await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))),
      )
      await rest()
    }
  },
}
