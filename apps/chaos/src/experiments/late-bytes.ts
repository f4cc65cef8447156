import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Hand } from '../crew/hand.ts'
import { CALM, FaultProxy } from '@mq/redis-server/proxy'
import { lasting, until } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'

const LEASE_MS = 30_000
const HELD_MS = 150
/** A network keeps what was sent into it for a while. */
const LATE_MS = 300
const CONCURRENCY = 10
/** Longer than it takes a client to give up an answer, and to ask again. */
const DEADLINE_MS = 12_000

/** A turn arrives after its worker has gone, or its answer does: what it claims, nobody does. */
export const lateBytes: Experiment = {
  name: 'late-bytes',
  fault: `all connections are reset, the only worker connects again, works, gets SIGTERM and ends; ${LATE_MS} ms later the bytes that were sent over the old ones arrive, and another worker starts; its turn is executed and the reply held, it gets SIGTERM and ends, and a third one starts`,
  bound: 'what was in flight at the reset; no task waits for half a lease, which is 30 s',
  proxied: true,
  workersLater: true,
  crew: ({ rounds }) => ({
    workers: 1 + rounds,
    leaseMs: LEASE_MS,
    producer: { ...USUAL_CREW.producer, lanes: 2, pauseMs: [10, 30], workMs: [0, 5], failing: 0, delayed: 0 },
    worker: { ...USUAL_CREW.worker, concurrency: CONCURRENCY, deadlineMs: DEADLINE_MS },
  }),
  expected: { starts: { share: 1, withinMs: LEASE_MS / 2 } },
  steady: true,
  peers: false,
  async run(scene) {
    const { crew, size, server, dice, write, rest } = scene
    await using own = await FaultProxy.start(server.port, () => dice.next())
    const [first, ...others] = crew.workers
    let leaver = first!
    crew.begin([leaver])
    for (const next of others) {
      const guest = crew.addWorker({ url: own.url })
      await guest.ready()
      await rest()
      for (const [leave, successor] of [
        [leaveLateTurn, guest],
        [leaveLateAnswer, next],
      ] as const) {
        write({ ev: 'window.begin', stuck: [] })
        await leave(scene, leaver, own)
        await lasting(LATE_MS)
        crew.begin([successor])
        await lasting(size.restMs)
        write({ ev: 'window.end' })
        leaver = successor
      }
    }
  },
}

/** What it sent before it connected again arrives when it has gone. */
async function leaveLateTurn({ proxy, strike }: Scene, leaver: Hand): Promise<void> {
  await strike('late bytes', '*', async () => {
    proxy.holdPresent({ holdCommands: true })
    await lasting(HELD_MS)
    proxy.reset()
    const { count } = leaver
    await until('the leaver to work again', 15_000, () => leaver.count > count + 20)
  })
  leaver.signal('SIGTERM')
  await leaver.stopped(15_000)
  await lasting(LATE_MS)
  proxy.weather = CALM
}

/** It settles all that it has, and claims what waits, and does not hear of it before it has gone. */
async function leaveLateAnswer({ strike }: Scene, leaver: Hand, own: FaultProxy): Promise<void> {
  leaver.order('hold')
  await until('all places to be taken', 15_000, () => leaver.running === CONCURRENCY)
  await lasting(LATE_MS)
  await strike('late answer', [leaver.proc], async () => {
    own.holdPresent({ holdReplies: true })
    leaver.order('release')
    await lasting(HELD_MS)
    leaver.signal('SIGTERM')
    await leaver.stopped(DEADLINE_MS + 5_000)
  })
  own.weather = CALM
}
