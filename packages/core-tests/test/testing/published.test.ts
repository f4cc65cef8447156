import { defineChannel } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import type { TestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it, onTestFinished } from 'vitest'

function testBroker(): TestBroker {
  const broker = createTestBroker(memoryAdapter())
  onTestFinished(() => broker.close())
  return broker
}

describe('published', () => {
  it('reports what was published to each channel, in order, with its headers', async () => {
    const broker = testBroker()
    const news = broker.channel(defineChannel({ name: 'news', history: { maxCount: 10 } }))
    await news.publish({ n: 1 }, { headers: { trace: 't' } })
    await news.publishAll([{ message: { n: 2 } }, { message: { n: 3 } }])
    await broker.channel('other').publish('hello')
    expect(broker.published(news.definition)).toEqual([
      { message: { n: 1 }, headers: { trace: 't' } },
      { message: { n: 2 }, headers: {} },
      { message: { n: 3 }, headers: {} },
    ])
    expect(broker.published('other')).toEqual([{ message: 'hello', headers: {} }])
    expect(broker.published('silent')).toEqual([])
  })

  it('leaves a channel what it is: subscribers, groups, obliteration', async () => {
    const broker = testBroker()
    const news = broker.channel(defineChannel({ name: 'news', history: { maxCount: 10 } }))
    const heard: unknown[] = []
    await news.subscribe(({ payload }) => void heard.push(payload))
    await news.consume('g', ({ payload }) => void heard.push(payload))
    await news.publish(1)
    await broker.clock.advance(1_000)
    expect(heard).toEqual([1, 1])
    expect(await news.groups()).toEqual(['g'])
    await news.obliterate({ force: true })
  })
})
