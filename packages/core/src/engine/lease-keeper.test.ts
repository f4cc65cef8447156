import { expect, it } from 'vitest'
import type { Services } from '../services/services.ts'
import type { LeaseState } from '../ports/queue-driver.ts'
import { createVirtualClock } from '../testing/virtual-clock.ts'
import type { Held } from './held.ts'
import { LeaseKeeper } from './lease-keeper.ts'

const LEASE_MS = 3_000
const LATE_MS = 400

it('prolongs as often as ever after many outages with slow answers', async () => {
  const clock = createVirtualClock()
  let calls = 0
  const extend = (leases: readonly string[]): Promise<readonly LeaseState[]> => {
    calls++
    return new Promise((resolve) => clock.schedule(() => resolve(leases.map(() => 'held')), LATE_MS))
  }
  const services = { clock, onError: () => undefined } as unknown as Services
  const keeper = new LeaseKeeper({
    queue: 'q',
    driver: { extend },
    services,
    leaseMs: LEASE_MS,
    executor: { drop: () => undefined },
  })
  keeper.hold({ task: { lease: '1#0' } } as unknown as Held, clock.now())
  keeper.watch()
  const callsOf = async (ms: number): Promise<number> => {
    const before = calls
    await clock.advance(ms)
    return calls - before
  }
  const usual = await callsOf(30_000)
  for (let outage = 0; outage < 20; outage++) {
    void keeper.extendAll()
    // The timer falls due while that is under way.
    await clock.advance(900 + 37 * outage)
  }
  await clock.advance(5_000)
  expect(await callsOf(30_000)).toBeLessThanOrEqual(usual + 1)
  keeper.close()
})
