// What a worker without work asks of the storage: less and less.
import { defineChannel } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { ran, sleepBench } from './sleep-bench.ts'

describe('a worker without work', () => {
  it('looks after ever longer pauses, and runs a task at once all the same', async () => {
    const { broker, clock, turns } = sleepBench()
    const queue = broker.queue('q')
    const done: unknown[] = []
    queue.process(ran(done))
    await clock.advance(60_000)
    turns.length = 0
    await clock.advance(1_200_000)
    expect(turns.length).toBeGreaterThanOrEqual(1_200 / 15)
    expect(turns.length).toBeLessThanOrEqual(1_200 / 10)
    for (let time = 1; time <= 3; time++) {
      if (time > 1) await clock.advance(300_000)
      await queue.enqueue(time)
      await clock.advance(1)
      expect(done.length).toBe(time)
    }
  })

  it('looks soon again after a hint, in case more is lost', async () => {
    const { broker, clock, turns } = sleepBench()
    const queue = broker.queue('q')
    queue.process(ran([]))
    await clock.advance(600_000)
    await queue.enqueue(1)
    await clock.advance(1)
    turns.length = 0
    await clock.advance(2_010)
    expect(turns.length).toBeGreaterThanOrEqual(1)
  })

  it('starts a delayed task in its moment, however long it sleeps', async () => {
    const { broker, clock } = sleepBench()
    const queue = broker.queue('q')
    const done: unknown[] = []
    queue.process(ran(done))
    await clock.advance(600_000)
    for (const delayMs of [7, 3_000, 11_111, 100_000]) {
      done.length = 0
      await queue.enqueue(1, { delayMs })
      await clock.advance(delayMs - 1)
      expect(done.length).toBe(0)
      await clock.advance(2)
      expect(done.length).toBe(1)
    }
  })

  it('recovers what another worker lost as soon as its lease is over', async () => {
    const { broker, clock, adapter } = sleepBench()
    const queue = broker.queue('q')
    const done: unknown[] = []
    await queue.enqueue(1)
    const environment = { clock, logger: console, onError: () => undefined }
    const turn = { settlements: [], repeat: false, want: 1, maxBytes: 1_000, leaseMs: 30_000, keepResults: false }
    await adapter
      .open(environment)
      .queue('q')
      .settleAndClaim({ ...turn, lane: 'lost.0', seq: 1, awaitWork: false })
    const lostAt = clock.now()
    let ranAt = 0
    queue.process(async () => {
      done.push(0)
      ranAt = clock.now()
    })
    await clock.advance(60_000)
    expect([done.length, ranAt - lostAt]).toEqual([1, 30_000])
  })

  it('of a group looks three times before the group would be removed for want of it', async () => {
    const { broker, clock } = sleepBench()
    const channel = broker.channel(defineChannel({ name: 'c', history: { maxCount: 10, groupExpiresMs: 10_000 } }))
    const heard: unknown[] = []
    await channel.consume('g', ({ payload }) => void heard.push(payload))
    await clock.advance(600_000)
    for (let i = 0; i < 20; i++) {
      await channel.publish(i)
      await clock.advance(37_000)
    }
    expect(heard).toEqual([...Array(20).keys()])
  })
})
