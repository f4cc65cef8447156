import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

describe('a loop over messages', () => {
  it.each(['break', 'signal'])('ends by %s although more messages wait in its buffer', async (how) => {
    const { broker, clock, pause } = brokerBench()
    const controller = new AbortController()
    const news = broker.channel('news')
    const seen: unknown[] = []
    let isOver = false
    const loop = async (): Promise<void> => {
      for await (const { payload } of news.messages({ signal: controller.signal })) {
        seen.push(payload)
        await pause(10)
        if (seen.length < 3) continue
        if (how === 'break') break
        controller.abort()
      }
      isOver = true
    }
    const ended = loop()
    await clock.advance(50)
    for (let n = 0; n < 10; n++) await news.publish(n)
    await clock.advance(1_000)
    expect([seen, isOver]).toEqual([[0, 1, 2], true])
    await ended
  })

  it('gives a subscriber nothing more once it was told to close', async () => {
    const { broker, clock, pause } = brokerBench()
    const news = broker.channel('news')
    const seen: unknown[] = []
    const opened = news.subscribe(async ({ payload }) => {
      seen.push(payload)
      await pause(10)
    })
    await clock.advance(50)
    const subscription = await opened
    for (let n = 0; n < 10; n++) await news.publish(n)
    await clock.advance(5)
    const closed = subscription.close()
    await clock.advance(1_000)
    await closed
    expect(seen).toEqual([0])
  })
})
