import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

const EVIL: unknown = JSON.parse('{ "deep": [{ "__proto__": { "admin": true } }] }')
const EVIL_HEADERS = JSON.parse('{ "__proto__": "x" }') as Record<string, string>
const NOTHING = { waiting: 0, delayed: 0, running: 0, dead: 0, paused: false, displaced: 0 }

describe('a key __proto__', () => {
  it('is refused in a payload before it is stored', async () => {
    const { broker } = brokerBench()
    const queue = broker.queue('q')
    await expect(queue.enqueue(EVIL)).rejects.toMatchObject({ code: 'invalid-payload' })
    const group = [{ payload: 1 }, { payload: EVIL }]
    await expect(queue.enqueueAll(group)).rejects.toMatchObject({ code: 'invalid-payload' })
    expect(await queue.stats()).toMatchObject(NOTHING)
  })

  it('is refused in headers before they are stored', async () => {
    const { broker } = brokerBench()
    const queue = broker.queue('q')
    const refused = { code: 'invalid-payload' }
    await expect(queue.enqueue(1, { headers: EVIL_HEADERS })).rejects.toMatchObject(refused)
    await expect(queue.enqueueAll([{ payload: 1, headers: EVIL_HEADERS }])).rejects.toMatchObject(refused)
    expect(await queue.stats()).toMatchObject(NOTHING)
  })

  it('is refused in a result, so that nobody waits for one that cannot be read', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue('q')
    const task = await queue.enqueue(1)
    queue.process(async () => EVIL)
    await clock.advance(100)
    expect(await task.outcome()).toMatchObject({ state: 'dead', reason: 'invalid-result' })
  })

  it('is refused in a progress report', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue('q')
    const task = await queue.enqueue(1)
    queue.process(async (_, { progress }) => {
      try {
        progress(EVIL)
      } catch (error) {
        return MqError.is(error) ? error.code : 'another error'
      }
      return 'accepted'
    })
    await clock.advance(100)
    expect(await task.result()).toBe('invalid-payload')
  })

  it('is refused in a message before it is published', async () => {
    const { broker, clock, errors } = brokerBench()
    const channel = broker.channel('c')
    const got: unknown[] = []
    await channel.subscribe(({ payload }) => got.push(payload))
    await expect(channel.publish(EVIL)).rejects.toMatchObject({ code: 'invalid-message' })
    expect(await channel.publish('next')).toMatchObject({ n: 1 })
    await clock.advance(10)
    expect([got, errors]).toEqual([['next'], []])
  })

  it('may stand where it is only a text', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue('q')
    const task = await queue.enqueue(['__proto__'], { headers: { about: '__proto__' } })
    queue.process(async (payload, { headers }) => ({ payload, headers }))
    await clock.advance(100)
    expect(await task.result()).toEqual({ payload: ['__proto__'], headers: { about: '__proto__' } })
  })
})

describe('headers that are no object of strings', () => {
  it.each([
    ['an array', ['a']],
    ['null', null],
    ['a text', 'a'],
  ])('are refused: %s', async (_, headers) => {
    const { broker } = brokerBench()
    await expect(broker.queue('q').enqueue(1, { headers: headers as never })).rejects.toThrow(/^headers must be/)
  })
})
