import { createBroker, silentLogger } from '@mq/core'
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

  /** How often the task that runs all the time was started. */
  async function startsWhenBackAt(backAtMs: number): Promise<number> {
    const { broker, clock, pause } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => {
        const begin = time.now()
        const check = (): void => {
          const passed = time.now() - begin
          if (passed > OUTAGE_BEGINS_MS && passed < backAtMs) throw away(false)
        }
        return {
          async settleAndClaim(turn) {
            check()
            return driver.settleAndClaim(turn)
          },
          async extend(leases, leaseMs) {
            check()
            return driver.extend(leases, leaseMs)
          },
        }
      }),
    )
    const queue = broker.queue('q')
    let starts = 0
    await queue.enqueue(1)
    const handler = async (): Promise<void> => {
      starts++
      await pause(20_000)
    }
    queue.process(handler, { concurrency: 2, leaseMs: LEASE_MS })
    await clock.advance(backAtMs + 5_000)
    const closing = broker.close({ deadlineMs: 0 })
    await clock.advance(5_000)
    await closing
    return starts
  }

  // Whoever claims first takes back what nobody prolonged, so the leases come first, whenever the storage is there again.
  it('prolongs what it holds before it claims', async () => {
    const starts: number[] = []
    for (let backAtMs = 4_000; backAtMs < 8_000; backAtMs += 40) starts.push(await startsWhenBackAt(backAtMs))
    expect(starts).toEqual(starts.map(() => 1))
  })
})
