import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

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

  it('is not hidden from who asks by the late reply to a turn before', async () => {
    let turns = 0
    const { broker, clock } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          if (++turns > 1) throw new MqError('storage-refused', 'no longer')
          const reply = await driver.settleAndClaim(turn)
          await new Promise<void>((resolve) => void time.schedule(resolve, 50))
          return reply
        },
      })),
    )
    const worker = broker.queue('q').process(() => 1)
    await clock.advance(10)
    expect(turns).toBe(1)
    const answer = expect(worker.ready({ timeoutMs: 900 })).rejects.toMatchObject({ code: 'storage-refused' })
    await clock.advance(200)
    await answer
  })

  it('is no ready worker while its claims are refused, and says so once, however often it is asked', async () => {
    let refuses = true
    const { broker, clock, errors } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          if (refuses && turn.want > 0) throw new MqError('storage-refused', 'a key of a wrong type')
          return driver.settleAndClaim(turn)
        },
      })),
    )
    const worker = broker.queue('q').process(() => 1)
    for (let i = 0; i < 12; i++) {
      await clock.advance(500)
      const answer = expect(worker.ready({ timeoutMs: 900 })).rejects.toMatchObject({ code: 'storage-refused' })
      await clock.advance(500)
      await answer
    }
    expect(errors.map(({ message }) => message)).toEqual(['a key of a wrong type'])
    refuses = false
    await clock.advance(1_000)
    const answer = worker.ready({ timeoutMs: 900 })
    await clock.advance(100)
    await answer
  })
})
