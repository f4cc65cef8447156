import { defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

describe('who gave up', () => {
  it('waiting for room has no place in the line any more, and nobody tries for it', async () => {
    const { broker, timers } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', capacity: { size: 1, whenFull: 'wait' } }))
    await queue.enqueue(0)
    const gone = new AbortController()
    const waiting = Array.from({ length: 100 }, (_, i) => queue.enqueue(i, { signal: gone.signal }))
    await expect.poll(() => timers.size).toBeGreaterThan(0)
    gone.abort()
    await Promise.allSettled(waiting)
    await expect.poll(() => timers.size).toBe(0)
  })
})
