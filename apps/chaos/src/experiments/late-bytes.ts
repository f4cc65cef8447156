import { USUAL_CREW } from '../crew/crew.ts'
import { CALM } from '../faults/link.ts'
import { lasting, until } from '../until.ts'
import type { Experiment } from './experiment.ts'

const LEASE_MS = 10_000
const HELD_MS = 150
/** A network keeps what was sent into it for a while. */
const LATE_MS = 300

/** A turn arrives after its worker has gone: what it claims, nobody does. */
export const lateBytes: Experiment = {
  name: 'late-bytes',
  fault: `all connections are reset, the only worker connects again, works, gets SIGTERM and ends; ${LATE_MS} ms later what was sent into the old ones arrives, and another worker comes`,
  bound: 'what was in flight at the reset; no task waits for half a lease, which is 10 s',
  proxied: true,
  workersLater: true,
  crew: ({ rounds }) => ({
    workers: 1 + rounds,
    leaseMs: LEASE_MS,
    producer: { ...USUAL_CREW.producer, lanes: 2, pauseMs: [10, 30], workMs: [0, 5], failing: 0 },
  }),
  expected: { starts: { share: 1, withinMs: LEASE_MS / 2 } },
  steady: true,
  peers: false,
  async run({ crew, proxy, size, strike, write, rest }) {
    const [first, ...others] = crew.workers
    let leaver = first!
    crew.begin([leaver])
    for (const next of others) {
      await rest()
      await strike('late bytes', '*', async () => {
        proxy.holdPresent()
        await lasting(HELD_MS)
        proxy.reset()
        const { count } = leaver
        await until('the leaver to work again', 15_000, () => leaver.count > count + 20)
      })
      write({ ev: 'window.begin', stuck: [] })
      leaver.signal('SIGTERM')
      await leaver.stopped(15_000)
      await lasting(LATE_MS)
      proxy.weather = CALM
      await lasting(LATE_MS)
      crew.begin([next])
      await lasting(size.restMs)
      write({ ev: 'window.end' })
      leaver = next
    }
  },
}
