import { bury, defineQueue, retry } from '@mq/core'
import type { Settlement } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

describe('an odd verdict', () => {
  it.each([
    ['a delay that is no number', () => retry({ delayMs: Number.NaN })],
    ['a delay below 0', () => retry({ delayMs: -1 })],
    ['a reason that is an error', () => bury(new Error('no') as never)],
    ['a reason that is missing', () => bury(undefined as never)],
  ])('with %s fails one attempt, and stops nobody', async (_, verdict) => {
    const { broker, clock, errors } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 2, backoff: { baseMs: 100 } }))
    for (let i = 0; i < 50; i++) await queue.enqueue(i)
    const worker = queue.process(async (value, { attempt }) => (value === 3 && attempt === 1 ? verdict() : value))
    await clock.advance(60_000)
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(worker.stats()).toMatchObject({ running: 0, buffered: 0, completed: 50, failed: 1, buried: 0 })
    expect(errors).toMatchObject([{ code: 'invalid-options' }])
  })

  it('that comes again and again ends its task with the reason, and no other', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1 }))
    const task = await queue.enqueue('odd')
    const others = await Promise.all([1, 2, 3].map((n) => queue.enqueue(n)))
    queue.process(async (value) => (value === 'odd' ? retry({ delayMs: Number.NaN }) : value))
    await clock.advance(1_000)
    expect(await task.outcome()).toMatchObject({ reason: 'attempts-exhausted', error: { code: 'invalid-options' } })
    expect(await Promise.all(others.map((other) => other.result()))).toEqual([1, 2, 3])
  })
})

describe('a delay with a fraction of a millisecond', () => {
  it('reaches the storage as a whole number, never shorter', async () => {
    const settled: Settlement[] = []
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        settleAndClaim(turn) {
          settled.push(...turn.settlements)
          return driver.settleAndClaim(turn)
        },
      })),
    )
    const queue = broker.queue('q')
    const task = await queue.enqueue(1)
    queue.process(async (_, { attempt }) => (attempt === 1 ? retry({ delayMs: 0.5 }) : 'done'))
    await clock.advance(5_000)
    expect(settled[0]).toMatchObject({ kind: 'retry', delayMs: 1 })
    expect(await task.result()).toBe('done')
  })
})
