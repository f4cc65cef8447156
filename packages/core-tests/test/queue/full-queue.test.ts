import { defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, fate } from '../broker-bench.ts'

describe('a group with an id that exists, at a full queue', () => {
  it('waits for room, and then has the task that exists and the new one', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', capacity: { size: 2 } }))
    await queue.enqueue('a', { id: 'a' })
    const b = await queue.enqueue('b')
    const group = queue.enqueueAll([{ payload: 'a', id: 'a' }, { payload: 'c' }])
    expect(await fate(group)).toBe('pending')
    await b.cancel()
    await clock.advance(3_000)
    expect(await fate(group)).toMatchObject({ value: [{ id: 'a' }, { id: expect.stringMatching(/^n\d+$/) }] })
    expect((await queue.stats()).waiting).toBe(2)
  })

  it('is refused at once when its ids are in conflict: waiting would not help', async () => {
    const { broker } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', capacity: { size: 2 } }))
    await queue.enqueue('a', { id: 'a' })
    await queue.enqueue('b')
    const group = queue.enqueueAll([{ payload: 'c' }, { payload: 'another', id: 'a' }])
    expect(await fate(group)).toEqual({ error: 'id-conflict' })
  })

  it('is refused as full where the queue does not wait', async () => {
    const { broker } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', capacity: { size: 2, whenFull: 'reject' } }))
    await queue.enqueue('a', { id: 'a' })
    await queue.enqueue('b')
    expect(await fate(queue.enqueueAll([{ payload: 'a', id: 'a' }, { payload: 'c' }]))).toEqual({ error: 'queue-full' })
  })
})
