import { createBroker, defineQueue, MqError, silentLogger } from '@mq/core'
import type { Queue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

const CROWDED = defineQueue({ name: 'q', capacity: { size: 1 } })

function bench() {
  const { broker, errors, ...rest } = brokerBench()
  const reports = (): unknown[] => errors.map((error) => (MqError.is(error) ? error.code : error.message))
  return { broker, reports, ...rest }
}

/** Enqueues a child, and waits for its result. */
async function parent(queue: Queue, payload: unknown): Promise<unknown> {
  if (payload === 'child') return 'done'
  const child = await queue.enqueue('child')
  return child.result()
}

const deeper = async (queue: Queue, payload: unknown): Promise<unknown> => {
  await Promise.resolve()
  const inner = async (): Promise<unknown> => [await parent(queue, payload)]
  return inner()
}

describe('a worker whose every slot waits for its own queue', () => {
  it.each([
    ['the result of a task of it', parent, 1],
    ['results, in all of its slots', parent, 5],
    ['a result, some calls deeper', deeper, 2],
    [
      'an outcome',
      async (queue: Queue, payload: unknown) => payload !== 'child' && (await queue.enqueue('child')).outcome(),
      3,
    ],
  ])('says so after a second, once: %s', async (_, handler, concurrency) => {
    const { broker, clock, reports } = bench()
    const queue = broker.queue('q')
    queue.process((payload) => handler(queue, payload), { concurrency })
    for (let i = 0; i < concurrency; i++) await queue.enqueue(i)
    await clock.advance(900)
    expect(reports()).toEqual([])
    await clock.advance(1_500)
    expect(reports()).toEqual(['self-wait'])
    const [late] = await queue.enqueueAll([{ payload: 'late' }])
    expect(await queue.explain(late!.id)).toMatchObject({ because: 'self-wait' })
    await clock.advance(60_000)
    expect(reports()).toEqual(['self-wait'])
  })

  it('says so of room, too', async () => {
    const { broker, clock, reports } = bench()
    const queue = broker.queue(CROWDED)
    queue.process(
      async (payload) => void (payload === 'parent' && (await queue.enqueue('a'), await queue.enqueue('b'))),
      {
        concurrency: 1,
      },
    )
    await queue.enqueue('parent')
    await clock.advance(3_000)
    expect(reports()).toEqual(['self-wait'])
  })

  it('goes on, and says it again, when another worker came and went', async () => {
    const { broker, adapter, clock, reports } = bench()
    const queue = broker.queue('q')
    queue.process((payload) => parent(queue, payload), { concurrency: 1 })
    const first = await queue.enqueue('parent')
    await clock.advance(3_000)
    const other = createBroker(adapter, { clock, logger: silentLogger })
    const helper = other.queue('q').process((payload) => payload, { concurrency: 1 })
    await clock.advance(3_000)
    expect(await first.outcome({ timeoutMs: 0 })).toMatchObject({ state: 'completed' })
    await Promise.all([helper.close(), clock.advance(1_000)])
    await queue.enqueue('parent')
    await clock.advance(3_000)
    expect(reports()).toEqual(['self-wait', 'self-wait'])
  })
})

describe('two replicas whose every slot waits for their queue', () => {
  const recorder = () => {
    const warnings: string[] = []
    const errors: unknown[] = []
    return {
      warnings,
      errors,
      logger: { ...silentLogger, warn: (_: unknown, message: string) => void warnings.push(message) },
      onError: (error: Error) => void errors.push(error),
    }
  }
  function replicas() {
    const { adapter, clock, pause } = bench()
    const both = [recorder(), recorder()]
    const brokers = both.map(({ logger, onError }) => createBroker(adapter, { clock, logger, onError }))
    const queues = brokers.map((broker) => broker.queue('q'))
    const processAll = (handler: (queue: Queue, payload: unknown) => unknown) =>
      queues.map((queue) => queue.process((payload) => handler(queue, payload), { concurrency: 2 }))
    return { queues, processAll, clock, pause, both }
  }
  const four = Array.from({ length: 4 }, () => ({ payload: 'parent' }))

  it('both log it after a minute in which nothing moved, once, with how many run elsewhere; a lone one is certain', async () => {
    const { queues, processAll, clock, both } = replicas()
    const workers = processAll(parent)
    await queues[0]!.enqueueAll(four)
    await clock.advance(59_000)
    expect(both.map(({ warnings }) => warnings)).toEqual([[], []])
    await clock.advance(120_000)
    const words = expect.stringMatching(
      /all 2 slots of the worker here wait .* Other workers run 2 of its tasks: if those wait as well/,
    )
    expect(both.map(({ warnings }) => warnings)).toEqual([[words], [words]])
    expect(both.map(({ errors }) => errors)).toEqual([[], []])
    const late = await queues[0]!.enqueue('late')
    expect(await queues[1]!.explain(late.id)).toMatchObject({
      because: 'self-wait',
      text: expect.stringContaining('Other workers run some'),
    })
    await Promise.all([workers[1]!.close({ deadlineMs: 0 }), clock.advance(120_000)])
    expect(both[0]!.errors).toMatchObject([{ code: 'self-wait' }])
  })

  it.each([
    ['takes 50 seconds for each task', 50_000],
    ['takes a second for each task', 1_000],
  ])('say nothing while the other one %s', async (_, takesMs) => {
    const { queues, processAll, clock, pause, both } = replicas()
    processAll(async (queue, payload) => (queue === queues[0] ? parent(queue, payload) : pause(takesMs)))
    await queues[0]!.enqueueAll([...four, ...four, ...four])
    await clock.advance(600_000)
    expect(both.map(({ warnings, errors }) => [warnings, errors])).toEqual([
      [[], []],
      [[], []],
    ])
  })
})

describe('nothing is reported', () => {
  const slow = (pause: (ms: number) => Promise<void>) => async (): Promise<void> => pause(5_000)

  it('of slow handlers whose results others wait for', async () => {
    const { broker, clock, pause, reports } = bench()
    const queue = broker.queue('q')
    queue.process(slow(pause), { concurrency: 2 })
    const tasks = await queue.enqueueAll(Array.from({ length: 6 }, () => ({ payload: 1 })))
    for (const task of tasks) void task.result()
    for (let i = 0; i < 10; i++) {
      await clock.advance(1_000)
      void (await queue.enqueue('web')).result()
    }
    await clock.advance(60_000)
    expect(reports()).toEqual([])
  })

  it('of handlers that wait for another queue, however slow that is', async () => {
    const { broker, clock, pause, reports } = bench()
    const other = broker.queue('other')
    other.process(slow(pause), { concurrency: 2 })
    const queue = broker.queue('q')
    queue.process(async () => {
      const children = await other.enqueueAll(Array.from({ length: 10 }, () => ({ payload: 1 })))
      await Promise.all(children.map((child) => child.result()))
    })
    await queue.enqueue(1)
    await clock.advance(120_000)
    expect(reports()).toEqual([])
  })

  it('while the queue is paused', async () => {
    const { broker, clock, reports } = bench()
    const queue = broker.queue('q')
    queue.process((payload) => parent(queue, payload), { concurrency: 1 })
    await queue.enqueue('parent')
    await clock.advance(500)
    await queue.pause()
    await clock.advance(10_000)
    expect(reports()).toEqual([])
  })

  it('while a slot is left, or another worker runs tasks of the queue', async () => {
    const { broker, adapter, clock, pause, reports } = bench()
    const queue = broker.queue('q')
    queue.process((payload) => parent(queue, payload), { concurrency: 2 })
    const other = createBroker(adapter, { clock, logger: silentLogger })
    other.queue('q').process(slow(pause), { concurrency: 1 })
    for (let i = 0; i < 3; i++) await queue.enqueue('parent')
    await clock.advance(30_000)
    expect(reports()).toEqual([])
  })
})
