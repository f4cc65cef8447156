import { createBroker, defineQueue, MqError, retry, silentLogger } from '@mq/core'
import { createTestBroker, createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'

const DAY_MS = 86_400_000

function testBroker(...[options]: [Parameters<typeof createTestBroker>[1]?]) {
  const broker = createTestBroker(memoryAdapter(), options)
  onTestFinished(() => broker.close())
  return broker
}

// Some of it takes real time, on purpose.
describe.concurrent('drain', () => {
  it('runs what waits, what handlers enqueue, and all retries, over hours', async () => {
    const broker = testBroker()
    const hourly = defineQueue({ name: 'first', backoff: { kind: 'fixed', baseMs: 3_600_000, jitter: 0 } })
    const [first, second] = [broker.queue(hourly), broker.queue('second')]
    first.process(async (payload, { attempt }) => {
      if (attempt < 3) throw new Error(`attempt ${attempt}`)
      await second.enqueue(payload, { delayMs: 1_000 })
    })
    const ran: unknown[] = []
    second.process((payload) => void ran.push([payload, broker.clock.now()]))
    await first.enqueue('a')
    await broker.drain()
    expect(ran).toEqual([['a', 7_201_000]])
    expect(broker.errors.map(({ message }) => message)).toEqual(['attempt 1', 'attempt 2'])
  })

  it('jumps over days in which nothing is due, and is there on time', async () => {
    const broker = testBroker()
    const queue = broker.queue('q')
    const ran: unknown[] = []
    queue.process((day) => void ran.push([day, broker.clock.now() / DAY_MS]))
    for (const day of [365, 14, 30]) await queue.enqueue(day, { delayMs: day * DAY_MS })
    const before = performance.now()
    await broker.drain()
    expect(ran).toEqual([
      [14, 14],
      [30, 30],
      [365, 365],
    ])
    expect(performance.now() - before).toBeLessThan(20_000)
  })

  it('has nothing to do on a broker without work, again and again', async () => {
    const broker = testBroker()
    broker.queue('q').process(() => undefined)
    await broker.drain()
    await broker.drain()
    expect(broker.clock.now()).toBe(0)
  })

  it('waits for a handler that reads a file', async () => {
    const broker = testBroker()
    const queue = broker.queue(defineQueue({ name: 'q', timeoutMs: 1_000 }))
    queue.process(() => sleep(30, 'read'))
    const task = await queue.enqueue(1)
    await broker.drain()
    expect(await task.result()).toBe('read')
  })

  it('waits for a handler that takes longer in real time than idle workers need for an hour of the clock', async () => {
    const broker = testBroker()
    const queue = broker.queue('q')
    broker.queue('idle').process(() => undefined)
    queue.process(async () => {
      const hours = (): number => broker.clock.now() / 3_600_000
      // Until the clock rests.
      for (let at = -1; hours() < 1 || (hours() < 2 && hours() !== at);) {
        at = hours()
        await sleep(50)
      }
      return 'answered'
    })
    const task = await queue.enqueue(1)
    // A busy machine may need more than the default for two hours of the clock.
    await broker.drain({ timeoutMs: 20_000 })
    expect(await task.result()).toBe('answered')
    expect(broker.clock.now()).toBeLessThan(2 * 3_600_000)
  })

  it('lets the time of a handler that hangs run out', async () => {
    const broker = testBroker()
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1, timeoutMs: 60_000 }))
    queue.process(() => new Promise<void>(() => undefined))
    const task = await queue.enqueue(1)
    await broker.drain()
    expect(await task.outcome()).toMatchObject({ state: 'dead', error: { code: 'task-timeout' } })
    expect(MqError.is(broker.errors[0], 'task-timeout')).toBe(true)
  })

  it('names a queue that nobody processes', async () => {
    const broker = testBroker()
    broker.queue('busy').process(() => undefined)
    await broker.queue('busy').enqueue(1)
    await broker
      .queue('lonely')
      .enqueueAll([{ payload: 1 }, { payload: 2 }, { payload: 3, id: 'later', delayMs: 60_000 }])
    await expect(broker.drain()).rejects.toThrow(
      /queue lonely \(2 waiting \(n\d+, n\d+\); 1 delayed \(later, the next in \d+ ms\); no worker processes this queue\)/,
    )
  })

  it('names a task whose handler awaits what never comes', async () => {
    const broker = testBroker()
    const queue = broker.queue('stuck')
    queue.process(() => new Promise<void>(() => undefined))
    await queue.enqueue(1, { id: 'this-one' })
    await expect(broker.drain({ timeoutMs: 500 })).rejects.toThrow(
      /still going on after \d+ ms.*queue stuck \(1 running \(this-one\): a handler awaits something/,
    )
  })

  it('names a queue that is paused', async () => {
    const broker = testBroker()
    const queue = broker.queue('halted')
    queue.process(() => undefined)
    await queue.pause()
    await queue.enqueue(1, { id: 'this-one' })
    await expect(broker.drain()).rejects.toThrow('queue halted (1 waiting (this-one); the queue is paused)')
  })

  it('ends where a task goes round for ever', async () => {
    const broker = testBroker()
    const queue = broker.queue('round')
    queue.process(() => retry({ delayMs: 1_000, countsAsAttempt: false }))
    await queue.enqueue(1)
    await expect(broker.drain({ timeoutMs: 100 })).rejects.toThrow(
      /still going on after \d+ ms of real time.*queue round/,
    )
  })

  it('says how often the tasks have failed that are left', async () => {
    const broker = testBroker()
    const queue = broker.queue(
      defineQueue({ name: 'failing', attempts: 1_000, backoff: { kind: 'fixed', baseMs: 1_000 } }),
    )
    queue.process(() => {
      throw new Error('never')
    })
    await queue.enqueue(1, { id: 'this-one' })
    await expect(broker.drain({ timeoutMs: 100 })).rejects.toThrow(/this-one \(failed: \d+\)/)
  })

  it('lets the time pass for which a batch waits for others', async () => {
    const broker = testBroker()
    const queue = broker.queue('q')
    const sizes: number[] = []
    queue.processBatch((payloads) => void sizes.push(payloads.length), { size: 10, waitMs: 60_000 })
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await broker.drain()
    expect(sizes).toEqual([2])
    expect(broker.clock.now()).toBe(60_000)
  })

  it('goes on when the test adds what was missing', async () => {
    const broker = testBroker()
    const task = await broker.queue('q').enqueue(1)
    await expect(broker.drain()).rejects.toThrow('no worker processes')
    broker.queue('q').process(() => 'done')
    await broker.drain()
    expect(await task.result()).toBe('done')
  })
})

describe('enqueued', () => {
  it('reports what was enqueued, in order, with its options', async () => {
    const broker = testBroker({ headers: () => ({ trace: 't' }) })
    const queue = broker.queue(defineQueue({ name: 'q' }))
    const first = await queue.enqueue({ n: 1 })
    await queue.enqueueAll([
      { payload: { n: 2 }, id: 'own', priority: 9, delayMs: 5 },
      { payload: { n: 3 }, timeoutMs: 7, expiresInMs: 8, headers: { more: 'x' } },
      { payload: { n: 4 }, attempts: 2, backoff: { baseMs: 5, maxMs: undefined } },
    ])
    expect(broker.enqueued('q')).toEqual([
      { id: first.id, payload: { n: 1 }, options: { headers: { trace: 't' } } },
      { id: 'own', payload: { n: 2 }, options: { priority: 9, delayMs: 5, headers: { trace: 't' } } },
      {
        id: expect.stringMatching(/^n\d+$/),
        payload: { n: 3 },
        options: { timeoutMs: 7, expiresInMs: 8, headers: { trace: 't', more: 'x' } },
      },
      {
        id: expect.stringMatching(/^n\d+$/),
        payload: { n: 4 },
        options: { attempts: 2, backoff: { baseMs: 5 }, headers: { trace: 't' } },
      },
    ])
    expect(broker.enqueued(queue.definition)).toEqual(broker.enqueued('q'))
    expect(broker.enqueued('never-used')).toEqual([])
  })

  it('does not tell of what was refused, or there already', async () => {
    const broker = testBroker()
    const queue = broker.queue(defineQueue({ name: 'q', capacity: { size: 1, whenFull: 'reject' } }))
    await queue.enqueue(1, { id: 'own' })
    await queue.enqueue(1, { id: 'own' })
    await expect(queue.enqueue(2)).rejects.toThrow('full')
    await expect(queue.enqueue(2, { id: 'own' })).rejects.toThrow('another payload')
    expect(broker.enqueued('q').map(({ id }) => id)).toEqual(['own'])
  })
})

describe('a test broker', () => {
  it('keeps its errors, and tells them on', async () => {
    const told: Error[] = []
    const broker = testBroker({ onError: (error) => void told.push(error) })
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1 }))
    queue.process(() => {
      throw new RangeError('no')
    })
    await queue.enqueue(1)
    await broker.drain()
    expect(broker.errors).toEqual([new RangeError('no')])
    expect(told).toEqual(broker.errors)
  })

  it('closes although a handler hangs', async () => {
    const broker = createTestBroker(memoryAdapter())
    const queue = broker.queue('q')
    queue.process(() => new Promise<void>(() => undefined))
    await queue.enqueue(1)
    await broker.clock.advance(10)
    await broker.close()
    await expect(queue.enqueue(2)).rejects.toMatchObject({ code: 'closed' })
  })

  it('shares a storage and its clock with other brokers', async () => {
    const [adapter, clock] = [memoryAdapter(), createVirtualClock()]
    const broker = createTestBroker(adapter, { clock })
    const other = createBroker(adapter, { clock, logger: silentLogger })
    other.queue('q').process(() => 'done elsewhere')
    const task = await broker.queue('q').enqueue(1, { delayMs: 30_000 })
    await broker.drain()
    expect(await task.result()).toBe('done elsewhere')
    await Promise.all([broker.close(), other.close()])
  })

  it('is for storages in this process only, and takes no option that it does not know', () => {
    const adapter = memoryAdapter()
    const elsewhere = { ...adapter, name: 'redis', capabilities: { ...adapter.capabilities, crossProcess: true } }
    expect(() => createTestBroker(elsewhere)).toThrow('memoryAdapter(), not redis')
    expect(() => createTestBroker(adapter, { speed: 2 } as never)).toThrow('createTestBroker has no option "speed"')
  })
})
