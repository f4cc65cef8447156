import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Experiment } from './experiment.ts'
import { redisKilledAlways } from './redis-killed.ts'

const GROUPS = ['audit', 'mail']

/** A durable channel whose server dies: its groups read on where they were. */
export const membersRedisKilled: Experiment = {
  ...redisKilledAlways,
  name: 'members-redis-killed',
  fault: `SIGKILL of Redis (appendfsync always), while two publishers feed ${GROUPS.length} groups of two, whose handlers fail now and then`,
  bound: 'what was claimed and not settled; each group is given each message',
  crew: () => ({
    producers: 0,
    workers: 0,
    publishers: 2,
    groups: GROUPS,
    publisher: { ...USUAL_CREW.publisher, lanes: 4, pauseMs: [1, 6], durable: true, failing: 0.05 },
  }),
  expected: { groups: GROUPS },
  steady: true,
  peers: false,
}
