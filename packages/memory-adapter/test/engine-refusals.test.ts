import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from './broker-bench.ts'

describe('a turn that the storage refuses', () => {
  it('loses no settlement: each task is run once and ends', async () => {
    let refusals = 0
    const { broker, clock, errors } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          if (turn.settlements.length === 0 || refusals === 3) return driver.settleAndClaim(turn)
          refusals++
          throw new MqError('storage-refused', 'not now')
        },
      })),
    )
    const queue = broker.queue('q')
    const runs = new Map<unknown, number>()
    const worker = queue.process(async (value) => void runs.set(value, (runs.get(value) ?? 0) + 1))
    await queue.enqueueAll([1, 2, 3].map((payload) => ({ payload })))
    await clock.advance(120_000)
    expect([...runs.values()]).toEqual([1, 1, 1])
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(worker.stats()).toMatchObject({ completed: 3, stale: 0 })
    expect(refusals).toBe(3)
    expect(errors.length).toBeGreaterThan(0)
  })
})
