// Dead letters that are dropped for a bound: accepted work of which nothing is left must not go without a word.
import { bury, defineChannel, defineQueue, MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

const dropped = (errors: readonly Error[]): unknown[] =>
  errors.flatMap((error) => (MqError.is(error, 'dead-letters-dropped') ? [error.details] : []))

describe('dead letters that are dropped for a bound', () => {
  it('are reported once a burst, with their number, and counted', async () => {
    const { broker, clock, errors } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', keep: { dead: { maxCount: 5 } } }))
    queue.process(() => bury('broken'))
    await queue.enqueueAll(Array.from({ length: 100 }, (_, payload) => ({ payload })))
    await clock.advance(500)
    expect(dropped(errors)).toEqual([])
    await clock.advance(1_000)
    expect(dropped(errors)).toEqual([{ queue: 'q', count: 95 }])
    await queue.enqueueAll(Array.from({ length: 3 }, (_, payload) => ({ payload })))
    await clock.advance(100)
    await broker.close()
    expect(dropped(errors)).toEqual([
      { queue: 'q', count: 95 },
      { queue: 'q', count: 3 },
    ])
  })

  it('of a group are reported in the same way', async () => {
    const { broker, clock, errors } = brokerBench()
    const news = broker.channel(defineChannel({ name: 'news', history: { maxCount: 100 } }))
    await news.consume('audit', () => bury('broken'), { keep: { dead: { maxCount: 1 } } })
    for (let i = 0; i < 4; i++) await news.publish(i)
    await clock.advance(2_000)
    expect(dropped(errors)).toEqual([{ queue: 'news/audit', count: 3 }])
    expect(await news.group('audit').stats()).toMatchObject({ dead: 1, deadDropped: 3 })
    await broker.close()
  })
})
