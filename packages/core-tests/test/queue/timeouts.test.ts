import { defineQueue, MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { away, brokerBench, fate, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

const TIMEOUT_MS = 5_000

/** A broker whose storage can go: it refuses every call then, or answers none. */
function fragile(): BrokerBench & { fall: (how: 'refuses' | 'hangs') => void } {
  let state: 'up' | 'refuses' | 'hangs' = 'up'
  const bench = brokerBench(
    (inner) =>
      withQueue(inner, (driver) => ({
        async enqueue(batch) {
          if (state === 'refuses') throw away(false)
          if (state === 'hangs') return new Promise(() => undefined)
          return driver.enqueue(batch)
        },
      })),
    { operationTimeoutMs: TIMEOUT_MS },
  )
  return { ...bench, fall: (how) => void (state = how) }
}

describe('callers of a storage that is away', () => {
  it.each(['refuses', 'hangs'] as const)('are refused in time however many wait: it %s', async (how) => {
    const { broker, clock, fall, timers } = fragile()
    const queue = broker.queue('q')
    fall(how)
    const refusedAt: number[] = []
    const codes = new Set<unknown>()
    // More than both lanes could try one after the other in that time.
    for (let i = 0; i < 6_000; i++) {
      queue.enqueue(i).catch((error: unknown) => {
        refusedAt.push(clock.now())
        codes.add(MqError.is(error) && error.code)
      })
    }
    await clock.advance(120_000)
    expect(refusedAt).toHaveLength(6_000)
    // Who waited for a lane may have to see one try of its own fail.
    expect(Math.max(...refusedAt)).toBeLessThanOrEqual(2 * TIMEOUT_MS)
    expect([...codes]).toEqual(['unavailable'])
    expect(timers.size).toBe(0)
  })

  it('who wait for room are refused together', async () => {
    const { broker, clock, fall } = fragile()
    const queue = broker.queue(defineQueue({ name: 'q', capacity: { size: 1 } }))
    await queue.enqueue(0)
    const refusedAt: number[] = []
    for (let i = 0; i < 20; i++) queue.enqueue(i).catch(() => refusedAt.push(clock.now()))
    await clock.advance(100)
    expect(refusedAt).toEqual([])
    fall('refuses')
    await clock.advance(200_000)
    expect(refusedAt).toHaveLength(20)
    // They look for room every 1–2 s.
    expect(Math.max(...refusedAt)).toBeLessThanOrEqual(100 + 2_000 + TIMEOUT_MS)
    expect(new Set(refusedAt).size).toBe(1)
  })

  it('find it back when it comes again', async () => {
    let down = true
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        enqueue: async (batch) => (down ? Promise.reject(away(true)) : driver.enqueue(batch)),
      })),
    )
    const all = Promise.all(Array.from({ length: 3_000 }, (_, i) => broker.queue('q').enqueue(i)))
    await clock.advance(1_000)
    down = false
    await clock.advance(5_000)
    expect(await fate(all.then(({ length }) => length))).toEqual({ value: 3_000 })
    expect((await broker.queue('q').stats()).waiting).toBe(3_000)
  })
})
