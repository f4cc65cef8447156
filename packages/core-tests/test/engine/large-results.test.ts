import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

const MOST_BYTES = 4_194_304

describe('large results of one moment', () => {
  it('go out in turns of at most 4 MiB, and none is lost', async () => {
    const turns: number[] = []
    const { broker, clock, pause } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          turns.push(turn.settlements.reduce((sum, one) => sum + ('result' in one ? (one.result?.length ?? 0) : 0), 0))
          return driver.settleAndClaim(turn)
        },
      })),
    )
    const queue = broker.queue('q')
    const handler = async (): Promise<string> => {
      await pause(100)
      return 'x'.repeat(1_000_000)
    }
    const worker = queue.process(handler, { concurrency: 10 })
    await queue.enqueueAll(Array.from({ length: 10 }, (_, payload) => ({ payload })))
    await clock.advance(5_000)
    expect(worker.stats()).toMatchObject({ completed: 10, stale: 0 })
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(turns.reduce((sum, bytes) => sum + bytes, 0)).toBe(10 * 1_000_002)
    expect(Math.max(...turns)).toBeLessThanOrEqual(MOST_BYTES)
  })
})
