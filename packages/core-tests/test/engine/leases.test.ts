import { createBroker, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it } from 'vitest'
import { away, brokerBench, withQueue } from '../broker-bench.ts'

const LEASE_MS = 1_000

describe('a handler that takes longer than a lease', () => {
  it('keeps its task for itself, however long and whoever looks', async () => {
    const { broker, adapter, clock, pause } = brokerBench()
    const starts: string[] = []
    const work = (where: string) => async (): Promise<void> => {
      starts.push(where)
      await pause(60_000)
    }
    const worker = broker.queue('q').process(work('here'), { concurrency: 2, leaseMs: LEASE_MS })
    await broker.queue('q').enqueue(1)
    await clock.advance(100)
    const other = createBroker(adapter, { clock, logger: silentLogger })
    other.queue('q').process(work('elsewhere'), { leaseMs: LEASE_MS })
    await clock.advance(70_000)
    expect(starts).toEqual(['here'])
    expect(worker.stats()).toMatchObject({ completed: 1, stale: 0 })
  })
})

describe('a worker that comes back after an outage longer than its leases', () => {
  const OUTAGE_BEGINS_MS = 400

  /** A worker whose storage is back at that time of the clock; answers how often the task that runs all the time was started. */
  async function workUntilBackAt(clock: VirtualClock, backAtMs: number): Promise<{ starts: number; broker: Broker }> {
    const check = (): void => {
      if (clock.now() > OUTAGE_BEGINS_MS && clock.now() < backAtMs) throw away(false)
    }
    const adapter = withQueue(memoryAdapter(), (driver) => ({
      async settleAndClaim(turn) {
        check()
        return driver.settleAndClaim(turn)
      },
      async extend(leases, leaseMs) {
        check()
        return driver.extend(leases, leaseMs)
      },
    }))
    const broker = createBroker(adapter, { clock, logger: silentLogger })
    const seen = { starts: 0, broker }
    const queue = broker.queue('q')
    await queue.enqueue(1)
    const handler = async (): Promise<void> => {
      seen.starts++
      await new Promise<void>((resolve) => void clock.schedule(resolve, 20_000))
    }
    queue.process(handler, { concurrency: 2, leaseMs: LEASE_MS })
    return seen
  }

  // Whoever claims first takes back what nobody prolonged, so the leases come first, whenever the storage is there again.
  it('prolongs what it holds before it claims', async () => {
    const clock = createVirtualClock()
    const times = Array.from({ length: 40 }, (_, i) => 2_000 + 50 * i)
    const workers = await Promise.all(times.map((backAtMs) => workUntilBackAt(clock, backAtMs)))
    await clock.advance(times.at(-1)! + 2_000)
    expect(workers.map(({ starts }) => starts)).toEqual(times.map(() => 1))
    await Promise.all([...workers.map(({ broker }) => broker.close({ deadlineMs: 0 })), clock.advance(5_000)])
  })
})

describe('a worker whose leases ended while it was cut off', () => {
  it('has its late settlement refused and its handlers aborted, works on, and each task completes once, elsewhere', async () => {
    let isAway = false
    const { broker, adapter, clock, pause } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          if (isAway) throw away(false)
          return driver.settleAndClaim(turn)
        },
        async extend(leases, leaseMs) {
          if (isAway) throw away(false)
          return driver.extend(leases, leaseMs)
        },
      })),
    )
    const aborts: unknown[] = []
    const queue = broker.queue('q')
    const worker = queue.process(
      async (payload, { signal }) => {
        if (payload === 'ends meanwhile') await pause(LEASE_MS)
        else if (payload === 'until aborted') {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          aborts.push((signal.reason as { readonly code: string }).code)
        }
        return 'here'
      },
      { concurrency: 4, leaseMs: LEASE_MS },
    )
    const tasks = await queue.enqueueAll([{ payload: 'ends meanwhile' }, { payload: 'until aborted' }])
    await clock.advance(100)
    expect(worker.stats().running).toBe(2)
    isAway = true
    await clock.advance(LEASE_MS + 500)
    const others = createBroker(adapter, { clock, logger: silentLogger })
    const other = others.queue('q').process(() => 'elsewhere', { leaseMs: LEASE_MS })
    await clock.advance(5 * LEASE_MS)
    const results = (): Promise<unknown[]> => Promise.all(tasks.map((task) => others.queue('q').task(task.id).result()))
    expect(await results()).toEqual(['elsewhere', 'elsewhere'])
    await Promise.all([other.close(), clock.advance(LEASE_MS)])

    isAway = false
    await clock.advance(5 * LEASE_MS)
    expect(aborts).toEqual(['lease-lost'])
    expect(worker.stats()).toMatchObject({ stale: 1, running: 0 })
    expect(await results()).toEqual(['elsewhere', 'elsewhere'])
    const next = await queue.enqueue('next')
    await clock.advance(LEASE_MS)
    expect(await next.outcome({ timeoutMs: 0 })).toMatchObject({ state: 'completed', result: 'here' })
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })
})
