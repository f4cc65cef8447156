import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

const BIG = 'x'.repeat(1_000_000)

describe('a worker whose buffer holds more bytes than one turn may bring', () => {
  it('asks for no negative number of bytes, and is never refused', async () => {
    const limits: number[] = []
    const { broker, clock, errors, pause } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          limits.push(turn.maxBytes)
          await new Promise<void>((resolve) => void time.schedule(resolve, 1))
          return driver.settleAndClaim(turn)
        },
      })),
    )
    const queue = broker.queue('q')
    for (let i = 0; i < 50; i++) await queue.enqueue(i % 25 < 15 ? 'small' : BIG)
    const worker = queue.process(async (value) => (value === BIG ? pause(3) : undefined), { concurrency: 2 })
    for (let i = 0; i < 100 && worker.stats().completed < 50; i++) await clock.advance(100)
    expect(worker.stats().completed).toBe(50)
    // 0 shows that the case came up.
    expect(Math.min(...limits)).toBe(0)
    expect(errors).toEqual([])
  })
})
