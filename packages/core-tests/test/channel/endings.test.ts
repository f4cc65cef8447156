import { MqError } from '@mq/core'
import type { ChannelDriver } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, fate, withChannel } from '../broker-bench.ts'

const DONE = { value: { done: true, value: undefined } }

/** A channel that nothing comes back from. */
const silent: Partial<ChannelDriver> = {
  subscribe: () => new Promise(() => undefined),
  mark: () => new Promise(() => undefined),
}

describe('subscribe()', () => {
  it('rejects with the reason when it is aborted under way, and leaves no timer', async () => {
    const { broker, clock, timers } = brokerBench()
    const controller = new AbortController()
    const subscribing = broker.channel('c').subscribe(() => undefined, { signal: controller.signal })
    controller.abort(new Error('enough'))
    expect(await fate(subscribing)).toEqual({ error: 'Error: enough' })
    await broker.close()
    await clock.advance(10_000)
    expect(timers.size).toBe(0)
  })

  it('rejects with closed when the broker closes under way', async () => {
    const { broker, timers } = brokerBench()
    const subscribing = broker.channel('c').subscribe(() => undefined)
    const closing = broker.close()
    expect(await fate(subscribing)).toEqual({ error: 'closed' })
    expect(await fate(closing)).toEqual({ value: undefined })
    expect(timers.size).toBe(0)
  })

  it('aborted leaves the other subscribers alone', async () => {
    const { broker, clock } = brokerBench()
    const channel = broker.channel('c')
    const got: unknown[] = []
    const controller = new AbortController()
    const aborted = channel.subscribe(() => undefined, { signal: controller.signal })
    const staying = channel.subscribe(({ payload }) => got.push(payload))
    controller.abort(new Error('enough'))
    expect(await fate(aborted)).toEqual({ error: 'Error: enough' })
    await staying
    await channel.publish(1)
    await clock.advance(10)
    expect(got).toEqual([1])
  })

  it('that is refused closes what it had opened', async () => {
    let open = 0
    const refusing: Partial<ChannelDriver> = {
      async subscribe() {
        open++
        return { live: true, close: async () => void open-- }
      },
      async mark() {
        expect(open).toBe(1)
        throw new MqError('storage-refused', 'no')
      },
    }
    const { broker } = brokerBench((inner) => withChannel(inner, refusing))
    const channel = broker.channel('c')
    const subscribing = [channel.subscribe(() => undefined), channel.subscribe(() => undefined)]
    const refused = { error: 'storage-refused' }
    expect(await Promise.all(subscribing.map(fate))).toEqual([refused, refused])
    expect(open).toBe(0)
    expect(await fate(channel.subscribe(() => undefined))).toEqual(refused)
    expect(open).toBe(0)
  })

  it('rejects when it is aborted though the storage never answers', async () => {
    const { broker } = brokerBench((inner) => withChannel(inner, silent))
    const controller = new AbortController()
    const subscribing = broker.channel('c').subscribe(() => undefined, { signal: controller.signal })
    expect(await fate(subscribing)).toBe('pending')
    controller.abort(new Error('enough'))
    expect(await fate(subscribing)).toEqual({ error: 'Error: enough' })
  })
})

describe('a reader of messages()', () => {
  it('leaves at once, though nothing came yet', async () => {
    const { broker, clock, timers } = brokerBench()
    const messages = broker.channel('c').messages()[Symbol.asyncIterator]()
    const next = messages.next()
    await clock.advance(50)
    expect(await fate(messages.return!())).toEqual(DONE)
    expect(await fate(next)).toEqual(DONE)
    expect(timers.size).toBe(0)
  })

  it('is told closed when the broker closes', async () => {
    const { broker, clock } = brokerBench()
    const loop = (async () => {
      for await (const _ of broker.channel('c').messages());
    })()
    await clock.advance(50)
    const closing = broker.close()
    expect(await fate(loop)).toEqual({ error: 'closed' })
    expect(await fate(closing)).toEqual({ value: undefined })
  })

  it.each(['channel', 'pattern'] as const)('of a %s that nobody reads keeps no broker from closing', async (kind) => {
    const { broker, clock, timers } = brokerBench()
    const source = kind === 'channel' ? broker.channel('c') : broker.pattern('*')
    const messages = source.messages()[Symbol.asyncIterator]()
    const first = messages.next()
    await clock.advance(50)
    for (const n of [1, 2, 3]) await broker.channel('c').publish(n)
    expect(await fate(first)).toMatchObject({ value: { value: { payload: 1 } } })
    const closing = broker.close()
    expect(await fate(closing)).toEqual({ value: undefined })
    // What it had been given is not lost.
    expect(await fate(messages.next())).toMatchObject({ value: { value: { payload: 2 } } })
    expect(await fate(messages.next())).toEqual({ error: 'closed' })
    expect(timers.size).toBe(0)
  })

  it('ends when it is aborted', async () => {
    const { broker, clock, timers } = brokerBench()
    const controller = new AbortController()
    const { signal } = controller
    const messages = broker.channel('c').messages({ signal })[Symbol.asyncIterator]()
    const next = messages.next()
    await clock.advance(50)
    controller.abort()
    expect(await fate(next)).toEqual(DONE)
    expect(timers.size).toBe(0)
  })

  it('gets what came before it looked, in order', async () => {
    const { broker, clock } = brokerBench()
    const channel = broker.channel('c')
    const messages = channel.messages()[Symbol.asyncIterator]()
    const first = messages.next()
    await clock.advance(50)
    for (const n of [1, 2, 3]) await channel.publish(n)
    const got = [await first, await messages.next(), await messages.next()]
    expect(got.map(({ value }) => (value as { payload: unknown }).payload)).toEqual([1, 2, 3])
  })
})

describe('a broker that closed', () => {
  it('has waited for the handler that ran, and delivers nothing more', async () => {
    const { broker, clock, pause } = brokerBench()
    const channel = broker.channel('c')
    const got: unknown[] = []
    await channel.subscribe(async ({ payload }) => {
      await pause(50)
      got.push(payload)
    })
    for (let i = 0; i < 10; i++) await channel.publish(i)
    const closing = broker.close()
    expect(await fate(closing)).toBe('pending')
    await clock.advance(60)
    expect(await fate(closing)).toEqual({ value: undefined })
    await clock.advance(5_000)
    expect(got).toEqual([0])
  })

  it('closes though a subscription is never answered', async () => {
    const { broker, clock, timers } = brokerBench((inner) => withChannel(inner, silent))
    const subscribing = broker.channel('c').subscribe(() => undefined)
    expect(await fate(subscribing)).toBe('pending')
    const closing = broker.close({ deadlineMs: 100 })
    await clock.advance(10_000)
    expect(await fate(closing)).toEqual({ value: undefined })
    expect(timers.size).toBe(0)
  })
})
