import type { Broker } from '@mq/core'
import { MqError } from '@mq/core'
import type { Storage } from '@mq/core/adapter'
import { describe, expect, it } from 'vitest'
import { brokerBench, fate, withQueue } from '../broker-bench.ts'

const BAD_DEADLINES = [Number.POSITIVE_INFINITY, Number.NaN, 315_360_000_001, -1, 0.5]

describe('process()', () => {
  it('throws closed while its broker closes, and after', async () => {
    const { broker, clock, timers, pause } = brokerBench()
    const [busy, late] = [broker.queue('busy'), broker.queue('late')]
    await busy.enqueue(1)
    await late.enqueue(1)
    let calls = 0
    const begin = (): unknown => late.process(async () => void calls++)
    busy.process(() => pause(500))
    await clock.advance(50)
    const closing = broker.close({ deadlineMs: 2_000 })
    expect(begin).toThrow(expect.objectContaining({ code: 'closed' }))
    await clock.advance(3_000)
    expect(await fate(closing)).toEqual({ value: undefined })
    expect(begin).toThrow(expect.objectContaining({ code: 'closed' }))
    await clock.advance(10_000)
    expect([calls, timers.size]).toEqual([0, 0])
  })
})

describe('a deadline that no clock can keep', () => {
  it.each(BAD_DEADLINES)('%s is refused by a worker, which goes on', async (deadlineMs) => {
    const { broker, clock, pause } = brokerBench()
    const queue = broker.queue('q')
    const task = await queue.enqueue(1)
    const worker = queue.process(() => pause(300))
    await clock.advance(50)
    const refused = (async () => worker.close({ deadlineMs }))()
    expect(await fate(refused)).toEqual({ error: expect.stringMatching(/^TypeError: deadlineMs/) })
    await clock.advance(500)
    expect(await task.status()).toMatchObject({ state: 'completed' })
    const closing = worker.close()
    await clock.advance(1_000)
    expect(await fate(closing)).toMatchObject({ value: { abandoned: [] } })
  })

  it.each(BAD_DEADLINES)('%s is refused by a broker, which stays open', async (deadlineMs) => {
    const { broker } = brokerBench()
    await expect(async () => broker.close({ deadlineMs })).rejects.toThrow(TypeError)
    await broker.queue('q').enqueue(1)
    await broker.close()
  })

  it.each(BAD_DEADLINES)('%s is refused by ready()', async (timeoutMs) => {
    const { broker } = brokerBench((inner, time) => ({
      ...inner,
      open(environment) {
        const storage = inner.open(environment)
        return {
          queue: (name) => storage.queue(name),
          channel: (name) => storage.channel(name),
          pattern: (pattern) => storage.pattern(pattern),
          registry: storage.registry,
          close: () => storage.close(),
          ready: () => new Promise((resolve) => void time.schedule(resolve, 100)),
        }
      },
    }))
    expect(await fate(broker.ready({ timeoutMs }))).toEqual({ error: expect.stringMatching(/^TypeError: timeoutMs/) })
  })
})

describe('a broker that is closed', () => {
  it('leaves no timer, though a handler timed out and runs on', async () => {
    const { broker, clock, timers } = brokerBench()
    const queue = broker.queue('q')
    await queue.enqueue(1, { timeoutMs: 50 })
    queue.process(() => new Promise(() => undefined))
    await clock.advance(100)
    const closing = broker.close({ deadlineMs: 100 })
    await clock.advance(1_000)
    expect(await fate(closing)).toEqual({ value: undefined })
    expect(timers.size).toBe(0)
  })

  it('leaves no timer, though a handler ignores its abort', async () => {
    const { broker, clock, timers } = brokerBench()
    const queue = broker.queue('q')
    await queue.enqueue(1)
    queue.process(() => new Promise(() => undefined))
    await clock.advance(100)
    const closing = broker.close({ deadlineMs: 100 })
    await clock.advance(1_000)
    expect(await fate(closing)).toEqual({ value: undefined })
    expect(timers.size).toBe(0)
    expect(await fate(queue.stats())).toEqual({ error: 'closed' })
  })
})

describe('a broker that is closed while its handles subscribe', () => {
  // A new connection to a busy or distant server takes its time.
  it.each([
    { who: 'a worker', use: (broker: Broker) => void broker.queue('q').process(() => undefined) },
    {
      who: 'a waiter',
      use: (broker: Broker) =>
        void broker
          .queue('q')
          .task('1')
          .result()
          .catch(() => undefined),
    },
  ])('does not report to $who that it was closed', async ({ use }) => {
    const opening: ((error: Error) => void)[] = []
    const bench = brokerBench((inner) => {
      const slow = withQueue(inner, () => ({
        listen: () => new Promise<never>((_, reject) => opening.push(reject)),
      }))
      const end = (): void => opening.forEach((reject) => reject(new MqError('closed', 'the connection is closed')))
      return { ...slow, open: (environment) => whenClosed(slow.open(environment), end) }
    })
    use(bench.broker)
    await bench.clock.advance(100)
    expect(opening).toHaveLength(1)
    const closing = bench.broker.close({ deadlineMs: 0 })
    await bench.clock.advance(1_000)
    await closing
    expect(bench.errors).toEqual([])
  })
})

function whenClosed(storage: Storage, end: () => void): Storage {
  return Object.create(storage, {
    close: {
      value: async () => {
        end()
        await storage.close()
      },
    },
  }) as Storage
}
