import { USUAL_CREW } from '../crew/crew-plan.ts'
import { cutReplies } from './cut-replies.ts'
import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'
import { stopFor } from './stop-for.ts'

const GROUPS = ['mail', 'search']
const CUTS = 3
const STOPPED_LEASES = 1.5

/** Handlers of groups throw, and their retries and burials are struck, too. */
export const membersFail: Experiment = {
  name: 'members-fail',
  fault: `handlers of ${GROUPS.length} groups of two fail, 10 % of the messages once or twice, 2 % always; ${CUTS} replies are cut, a member is killed, another is stopped for ${STOPPED_LEASES} leases`,
  bound: 'what the killed one and the stopped one had claimed and not settled; each message ends done or buried',
  proxied: true,
  crew: () => ({
    producers: 0,
    workers: 0,
    publishers: 2,
    groups: GROUPS,
    publisher: { ...USUAL_CREW.publisher, lanes: 4, pauseMs: [1, 4], durable: true, failing: 0.1, fatal: 0.02 },
    member: { ...USUAL_CREW.member, attempts: 3, slow: 1 },
    leaseMs: 2_000,
  }),
  expected: { groups: GROUPS },
  long: true,
  peers: false,
  run: (scene) =>
    repeated(scene, async () => {
      await scene.strike('replies cut', [], () => cutReplies(scene, CUTS))
      const victim = scene.dice.oneOf(scene.crew.workers)
      await scene.strike('SIGKILL', [victim.proc], () => victim.kill())
      await scene.crew.replaceMember(victim)
      const sleeper = scene.dice.oneOf(scene.crew.workers)
      await stopFor(scene, sleeper, STOPPED_LEASES * scene.leaseMs)
    }),
}

const SIZE = 8

/** Each message of a batch is one like any other, also where the call fails for some of them. */
export const memberBatches: Experiment = {
  ...membersFail,
  name: 'member-batches',
  fault: `${membersFail.fault}; members take batches of ${SIZE}`,
  crew: (size) => {
    const crew = membersFail.crew?.(size)
    return { ...crew, member: { ...USUAL_CREW.member, ...crew?.member, concurrency: 2, batch: SIZE } }
  },
}

/** The same where of the messages of a key one is handled at a time, over all members. */
export const memberKeys: Experiment = {
  ...membersFail,
  name: 'member-keys',
  fault: `${membersFail.fault}; members handle the messages of each of 8 keys in order`,
  bound: `${membersFail.bound}; none of a key is given before those with lower numbers are done`,
  crew: (size) => {
    const crew = membersFail.crew?.(size)
    const publisher = { ...USUAL_CREW.publisher, ...crew?.publisher, lanes: 2, pauseMs: [4, 12] } as const
    return { ...crew, publisher, member: { ...USUAL_CREW.member, ...crew?.member, slow: 0.1, keyed: true } }
  },
  expected: { groups: GROUPS, keyedGroups: GROUPS },
}
