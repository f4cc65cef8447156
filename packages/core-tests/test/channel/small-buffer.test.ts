import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

describe('a subscriber whose handler is slow', () => {
  it('is kept no more messages than its buffer holds, and gets the number that it lost', async () => {
    const { broker, clock, pause } = brokerBench()
    const channel = broker.channel('news')
    const told: unknown[] = []
    const handler = async ({ payload }: { readonly payload: unknown }): Promise<void> => {
      told.push(payload)
      await pause(1_000)
    }
    const subscribing = channel.subscribe(handler, { buffer: 3, onGap: (gap) => void told.push(gap) })
    await clock.advance(10)
    await subscribing
    for (let i = 1; i <= 10; i++) await channel.publish(i)
    await clock.advance(20_000)
    expect(told).toEqual([1, { size: 6, cause: 'buffer' }, 8, 9, 10])
  })
})
