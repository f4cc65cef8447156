import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting } from '../until.ts'
import { cutReplies } from './cut-replies.ts'
import type { Experiment } from './experiment.ts'
import { killAndRestart, redisKilledAlways } from './redis-killed.ts'
import { repeated } from './repeated.ts'

const GROUPS = ['mail']
const CUTS = 3
const KILLS = 3
const STOPPED_LEASES = 1.5
const BY =
  'an operator of the group redrives its dead letters, pauses it, and moves it back and ahead (`seek`); handlers fail, and a third of the messages has a step by `once()`'

const operated = {
  crew: () => ({
    producers: 0,
    workers: 0,
    publishers: 2,
    groups: GROUPS,
    groupOperators: true,
    publisher: { ...USUAL_CREW.publisher, pauseMs: [4, 16], durable: true, failing: 0.15, fatal: 0.03 },
    member: { ...USUAL_CREW.member, attempts: 3, steps: true },
  }),
  expected: { groups: GROUPS },
  steady: true,
  peers: false,
} satisfies Partial<Experiment>

export const operatedGroups: Experiment = {
  ...operated,
  name: 'operated-groups',
  fault: `a member is killed, ${CUTS} replies are cut, Redis is stopped for ${STOPPED_LEASES} leases; meanwhile ${BY}`,
  bound: 'what the killed one had claimed and not settled; and what a seek or a redrive begins anew',
  proxied: true,
  run: (scene) =>
    repeated(scene, async () => {
      const victim = scene.dice.oneOf(scene.crew.workers)
      await scene.strike('SIGKILL', [victim.proc], () => victim.kill())
      await scene.crew.replaceMember(victim)
      await scene.rest()
      await scene.strike('replies cut', [], () => cutReplies(scene, CUTS))
      await scene.rest()
      await scene.strike('redis SIGSTOP', '*', async () => {
        scene.server.pause()
        await lasting(STOPPED_LEASES * scene.leaseMs)
        scene.server.resume()
      })
    }),
}

/** What was acknowledged is on disk: an operator's acts are, too. */
export const operatedGroupsRedisKilled: Experiment = {
  ...redisKilledAlways,
  ...operated,
  name: 'operated-groups-redis-killed',
  fault: `SIGKILL of Redis (appendfsync always), then a restart, ${KILLS} times; meanwhile ${BY}`,
  bound: 'what was claimed and not settled; and what a seek or a redrive begins anew',
  run: (scene) =>
    repeated(scene, async () => {
      for (let i = 0; i < KILLS; i++) {
        await killAndRestart(scene, 0)
        await scene.rest()
      }
    }),
}
