import { USUAL_CREW } from '../crew/crew-plan.ts'
import { CALM } from '@mq/redis-server/proxy'
import { lasting, until } from '../until.ts'
import type { Experiment } from './experiment.ts'

const GROUP = 'audit'
/** The shortest there is. */
const EXPIRES_MS = 10_000

/** A group goes when it has had no member for long; one that is busy, or cut off for less, is a member. */
export const groupExpiry: Experiment = {
  name: 'group-expiry',
  fault: `a group that expires after ${EXPIRES_MS / 1_000} s without a member, whose only member, without any call of \`ready()\`, runs handlers for longer, then is in a blackhole for 0.8 of it, while a publisher keeps publishing`,
  bound: 'what the member had claimed and not settled; the group is given each message, and nobody reports a loss',
  crew: () => ({
    producers: 0,
    workers: 0,
    publishers: 1,
    groups: [GROUP],
    members: 0,
    publisher: { ...USUAL_CREW.publisher, pauseMs: [10, 50], durable: true, groupExpiresMs: EXPIRES_MS },
    // That it holds leases is all that the server hears of it while its handlers run.
    member: { ...USUAL_CREW.member, supervised: false, groupExpiresMs: EXPIRES_MS },
  }),
  expected: { groups: [GROUP] },
  workersLater: true,
  steady: true,
  onlyFull: 'no group expires in less than ten seconds',
  peers: false,
  async run({ crew, proxy, strike, rest, size }) {
    const member = crew.addMember(GROUP, { url: proxy.url })
    await member.ready()
    await rest()
    for (let round = 0; round < size.rounds; round++) {
      await strike('a long handler', [member.proc], async () => {
        member.order('hold')
        await lasting(1.3 * EXPIRES_MS)
        member.order('release')
      })
      await rest()
      await strike('blackhole', [member.proc], async () => {
        proxy.weather = { holdCommands: true, holdReplies: true }
        await lasting(0.8 * EXPIRES_MS)
        proxy.weather = CALM
      })
      const { count } = member
      await until('the member to go on', 10_000, () => member.count > count)
      await rest()
    }
  },
}
