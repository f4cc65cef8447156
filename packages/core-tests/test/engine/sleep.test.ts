// What workers without work ask of the storage: less and less, and together no more than a few times a second.
import { defineChannel, defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

interface Bench extends BrokerBench {
  /** When somebody looked, and what for. */
  readonly turns: { readonly at: number; readonly queue: number }[]
  live: boolean
}

function bench(): Bench {
  const turns: Bench['turns'] = []
  let queues = 0
  const made = brokerBench((inner, clock) =>
    withQueue(inner, (driver) => {
      const queue = queues++
      return {
        async settleAndClaim(turn) {
          turns.push({ at: clock.now(), queue })
          return driver.settleAndClaim(turn)
        },
        async listen(listener) {
          const subscription = await driver.listen(listener)
          return {
            get live() {
              return all.live && subscription.live
            },
            close: () => subscription.close(),
          }
        },
      }
    }),
  )
  const all: Bench = { ...made, turns, live: true }
  return all
}

const ran = (times: unknown[]) => async (): Promise<void> => void times.push(0)

describe('a worker without work', () => {
  it('looks after ever longer pauses, and runs a task at once all the same', async () => {
    const { broker, clock, turns } = bench()
    const queue = broker.queue('q')
    const done: unknown[] = []
    queue.process(ran(done))
    await clock.advance(60_000)
    turns.length = 0
    await clock.advance(3_600_000)
    expect(turns.length).toBeGreaterThanOrEqual(3_600 / 15)
    expect(turns.length).toBeLessThanOrEqual(3_600 / 10)
    for (let hour = 1; hour <= 3; hour++) {
      await queue.enqueue(hour)
      await clock.advance(1)
      expect(done.length).toBe(hour)
      await clock.advance(3_600_000)
    }
  })

  it('looks soon again after a hint, in case more is lost', async () => {
    const { broker, clock, turns } = bench()
    const queue = broker.queue('q')
    queue.process(ran([]))
    await clock.advance(3_600_000)
    await queue.enqueue(1)
    await clock.advance(1)
    turns.length = 0
    await clock.advance(2_010)
    expect(turns.length).toBeGreaterThanOrEqual(1)
  })

  it('starts a delayed task in its moment, however long it sleeps', async () => {
    const { broker, clock } = bench()
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
    const { broker, clock, adapter } = bench()
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
    const { broker, clock } = bench()
    const channel = broker.channel(defineChannel({ name: 'c', history: { maxCount: 10, groupExpiresMs: 10_000 } }))
    const heard: unknown[] = []
    await channel.consume('g', ({ payload }) => void heard.push(payload))
    await clock.advance(3_600_000)
    for (let i = 0; i < 20; i++) {
      await channel.publish(i)
      await clock.advance(37_000)
    }
    expect(heard).toEqual([...Array(20).keys()])
  })
})

describe('a thousand workers without work in one process', () => {
  it.each([
    ['no more than 40 times a second', true, 41],
    ['no more than 400 times a second where hints cannot arrive', false, 410],
  ])('look together %s', async (_, live, mostPerS) => {
    const all = bench()
    const { broker, clock, turns } = all
    all.live = live
    for (let i = 0; i < 1_000; i++) broker.queue(defineQueue({ name: `q${i}` })).process(ran([]))
    await clock.advance(60_000)
    turns.length = 0
    await clock.advance(60_000)
    expect(turns.length / 60).toBeLessThanOrEqual(mostPerS)
    // And none is left out.
    expect(new Set(turns.map(({ queue }) => queue)).size).toBe(1_000)
  })

  it('set no timer once they are closed', async () => {
    const { broker, clock, timers } = bench()
    for (let i = 0; i < 10; i++) broker.queue(`q${i}`).process(ran([]))
    await clock.advance(60_000)
    await broker.close()
    expect(timers.size).toBe(0)
  })
})
