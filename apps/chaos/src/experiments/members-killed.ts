import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting, until } from '../until.ts'
import type { Experiment } from './experiment.ts'

const GROUPS = ['mail', 'search', 'audit']
const PUBLISHERS = 4
const KILL_EVERY_MS = 1_000
const WITHIN_MS = 300_000

/** A durable channel: the groups go on reading, whichever member dies. */
export const membersKilled: Experiment = {
  name: 'members-killed',
  fault: `SIGKILL of a member every second, while ${PUBLISHERS} publishers feed ${GROUPS.length} groups of two; another takes its place`,
  bound: 'what the killed one had claimed and not settled; each group is given each message',
  crew: ({ messages }) => ({
    producers: 0,
    workers: 0,
    publishers: PUBLISHERS,
    groups: GROUPS,
    publisher: { ...USUAL_CREW.publisher, lanes: 4, pauseMs: [2, 8], most: messages / PUBLISHERS, durable: true },
  }),
  expected: { groups: GROUPS },
  steady: true,
  long: true,
  peers: false,
  async run({ crew, dice, strike, left }) {
    const begin = performance.now()
    const isPublished = (): boolean => crew.producers.every((publisher) => publisher.has('stopped'))
    do {
      await lasting(KILL_EVERY_MS)
      const victim = dice.oneOf(crew.workers)
      await strike('SIGKILL', [victim.proc], () => victim.kill())
      await crew.replaceMember(victim)
    } while (!isPublished() && performance.now() - begin < WITHIN_MS)
    await until('all groups to have read everything', WITHIN_MS, async () => isPublished() && (await left()) === 0)
  },
}
