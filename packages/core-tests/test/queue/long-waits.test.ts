// Waits of 30 days, on timers as Node has them: one beyond 2³¹ − 1 ms (24.8 days) fires at once.
import { createBroker, defineQueue, MqError, retry, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it } from 'vitest'
import { fate } from '../broker-bench.ts'

const DAY_MS = 86_400_000
const LONG_MS = 30 * DAY_MS
const never = new Promise<never>(() => undefined)

function bench() {
  const virtual = createVirtualClock()
  const clock = {
    now: virtual.now,
    schedule: (callback: () => void, delayMs: number) =>
      virtual.schedule(callback, delayMs > 2 ** 31 - 1 ? 1 : delayMs),
  }
  return {
    virtual,
    broker: createBroker(memoryAdapter(), { clock, logger: silentLogger }),
  }
}

/** Its promise is still pending after 29 days, and settled after 30: as is said. */
const waits: Record<string, [(broker: Broker) => Promise<unknown>, unknown]> = {
  'result({ timeoutMs })': [
    async (broker) => (await broker.queue('q').enqueue(1)).result({ timeoutMs: LONG_MS }),
    'wait-timeout',
  ],
  'outcome({ timeoutMs })': [
    async (broker) => (await broker.queue('q').enqueue(1)).outcome({ timeoutMs: LONG_MS }),
    { state: 'pending' },
  ],
  'drain({ timeoutMs })': [
    async (broker) => {
      await broker.queue('q').enqueue(1)
      return broker.queue('q').drain({ timeoutMs: LONG_MS })
    },
    'wait-timeout',
  ],
  'a delay': [
    async (broker) => {
      const queue = broker.queue('q')
      queue.process(() => 'ran')
      return (await queue.enqueue(1, { delayMs: LONG_MS })).result()
    },
    'ran',
  ],
  'a retry': [
    async (broker) => {
      const queue = broker.queue('q')
      queue.process((_, { attempt }) => (attempt === 1 ? retry({ delayMs: LONG_MS }) : 'ran'))
      return (await queue.enqueue(1)).result()
    },
    'ran',
  ],
  'a backoff': [
    async (broker) => {
      const queue = broker.queue(defineQueue({ name: 'q', backoff: { kind: 'fixed', baseMs: LONG_MS, jitter: 0 } }))
      queue.process((_, { attempt }) => {
        if (attempt === 1) throw new Error('the first')
        return 'ran'
      })
      return (await queue.enqueue(1)).result()
    },
    'ran',
  ],
  'timeoutMs of a queue': [
    async (broker) => {
      const queue = broker.queue(defineQueue({ name: 'q', timeoutMs: LONG_MS, attempts: 1 }))
      queue.process(async () => never)
      return (await queue.enqueue(1)).result()
    },
    'task-dead',
  ],
  'timeoutMs of a task': [
    async (broker) => {
      const queue = broker.queue(defineQueue({ name: 'q', attempts: 1 }))
      queue.process(async () => never)
      return (await queue.enqueue(1, { timeoutMs: LONG_MS })).result()
    },
    'task-dead',
  ],
  'close({ deadlineMs }) of a worker': [
    async (broker) => {
      const queue = broker.queue('q')
      let begin = (): void => undefined
      const begun = new Promise<void>((resolve) => (begin = resolve))
      const worker = queue.process(async () => (begin(), never))
      await queue.enqueue(1)
      await begun
      return (await worker.close({ deadlineMs: LONG_MS })).abandoned.length
    },
    1,
  ],
}

async function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((thrown: unknown) => (MqError.is(thrown) ? thrown.code : thrown))
}

describe('a wait of 30 days', () => {
  it.each(Object.entries(waits))('%s lasts so long', async (_, [wait, end]) => {
    const { virtual, broker } = bench()
    const waiting = settled(wait(broker))
    await virtual.advance(5_000)
    await virtual.jump(29 * DAY_MS)
    await virtual.advance(5_000)
    expect(await fate(waiting)).toBe('pending')
    await virtual.jump(DAY_MS)
    await virtual.advance(60_000)
    expect(await fate(waiting)).toEqual({ value: end })
    await Promise.all([broker.close({ deadlineMs: 0 }), virtual.advance(20_000)])
  })
})
