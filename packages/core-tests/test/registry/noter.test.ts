// That what is noted for people costs a call every ten seconds, and that its failures disturb nobody.
import { createBroker, MqError, silentLogger } from '@mq/core'
import type {
  Adapter,
  Broker,
  Handler,
  KeptOrder,
  Logger,
  Registry,
  RegistryNews,
  Worker,
  WorkerOptions,
} from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it, vi } from 'vitest'

interface Noted {
  readonly broker: Broker
  readonly clock: VirtualClock
  readonly news: RegistryNews[]
  readonly warned: string[]
  /** Of what was warned of. */
  readonly fields: unknown[]
  readonly errors: Error[]
}

/** A broker whose calls to the registry are counted, and answered by `answer`. */
function noted(answer?: (news: RegistryNews, registry: Registry) => Promise<readonly KeptOrder[]>): Noted {
  const [clock, news, warned, errors] = [createVirtualClock(), [] as RegistryNews[], [] as string[], [] as Error[]]
  const fields: unknown[] = []
  const inner = memoryAdapter()
  const adapter: Adapter = {
    ...inner,
    open(environment) {
      const storage = inner.open(environment)
      const registry: Registry = {
        names: (query) => storage.registry.names(query),
        workers: () => storage.registry.workers(),
        order: (...given) => storage.registry.order(...given),
        note(given) {
          news.push(given)
          return answer === undefined ? storage.registry.note(given) : answer(given, storage.registry)
        },
      }
      return {
        ready: () => storage.ready(),
        queue: (name) => storage.queue(name),
        channel: (name, options) => storage.channel(name, options),
        pattern: (pattern) => storage.pattern(pattern),
        close: () => storage.close(),
        registry,
      }
    },
  }
  const warn: Logger['warn'] = (given, message) => {
    warned.push(message)
    fields.push(given)
  }
  const logger: Logger = { ...silentLogger, warn }
  const broker = createBroker(adapter, { clock, logger, onError: (error) => void errors.push(error) })
  return { broker, clock, news, warned, fields, errors }
}

const refusesNow = (): never => {
  throw new Error('no')
}

const refuses = async (): Promise<never> => {
  throw new MqError('storage-refused', 'a key of a wrong type')
}

/** A worker whose registry sends no hints. */
async function working(
  answer?: Parameters<typeof noted>[0],
  { handler = () => undefined, ...options }: WorkerOptions & { readonly handler?: Handler } = {},
): Promise<Noted & { readonly worker: Worker; id: string }> {
  const bench = noted(answer)
  const worker = bench.broker.queue('q').process(handler, options)
  await bench.clock.advance(0)
  return { ...bench, worker, id: (await bench.broker.workers())[0]!.id }
}

describe('what is noted', () => {
  it('is one call for the workers of many queues, every ten seconds', async () => {
    const { broker, clock, news } = noted()
    for (let i = 0; i < 100; i++) broker.queue(`q${i}`).process(() => undefined)
    await clock.advance(0)
    expect(news.map(({ working, used }) => [working?.length, used?.length])).toEqual([[100, 100]])
    news.length = 0
    await clock.advance(20_000)
    expect(news.map(({ working, used }) => [working?.length, used?.length])).toEqual(Array(2).fill([100, 0]))
    const closing = broker.close({ deadlineMs: 100 })
    await clock.advance(1_000)
    await closing
    expect(news.flatMap(({ left }) => left)).toHaveLength(100)
  })

  it('is one call for all tasks of a producer, and one every ten minutes', async () => {
    const { broker, clock, news } = noted()
    const queue = broker.queue('q')
    for (let i = 0; i < 500; i++) await queue.enqueue(i)
    expect(news).toHaveLength(1)
    await clock.advance(599_000)
    await queue.enqueue(1)
    expect(news).toHaveLength(1)
    await clock.advance(1_000)
    expect(news).toHaveLength(1)
    await queue.enqueue(2)
    await queue.enqueue(3)
    expect(news.map(({ used }) => used)).toEqual([[expect.objectContaining({ name: 'q' })], news[1]!.used])
    expect(clock.nextInMs).toBeUndefined()
  })

  it('is noted again by a worker where the registry was lost', async () => {
    const { broker, clock } = noted()
    broker.queue('q').process(() => undefined)
    await clock.advance(0)
    // As if by another process.
    await broker.queue('q').obliterate({ force: true })
    await clock.advance(10_000)
    expect(await broker.queues()).toEqual(['q'])
  })
})

describe('a registry that fails', () => {
  it('disturbs no task, is reported once, and is asked again ten seconds later', async () => {
    let fails = true
    const { broker, clock, news, warned, errors } = noted(async () => (fails ? refuses() : []))
    const done: unknown[] = []
    broker.queue('q').process((payload) => void done.push(payload))
    for (let i = 0; i < 50; i++) await broker.queue('q').enqueue(i)
    await clock.advance(9_000)
    expect(done).toHaveLength(50)
    expect(news).toHaveLength(1)
    await clock.advance(60_000)
    expect([news.length, warned.length, errors]).toEqual([7, 1, []])
    fails = false
    await clock.advance(10_000)
    expect(news.at(-1)).toMatchObject({ used: [{ kind: 'queue', name: 'q' }] })
    fails = true
    await clock.advance(10_000)
    expect(warned).toHaveLength(2)
  })

  it('holds up no close, though it never answers', async () => {
    const { broker, clock } = noted(() => new Promise(() => undefined))
    const worker = broker.queue('q').process(() => undefined)
    await broker.queue('q').enqueue(1)
    await clock.advance(100)
    await worker.close()
    let closed = false
    void broker.close({ deadlineMs: 200 }).then(() => (closed = true))
    await clock.advance(200)
    expect(closed).toBe(true)
  })
})

describe('an order for a worker', () => {
  const stateOf = async ({ broker }: Noted): Promise<unknown> => (await broker.workers())[0]?.state

  it('is found with the next report, without a hint, and what it changed is reported at once', async () => {
    const bench = await working()
    await bench.clock.advance(1)
    expect(await bench.broker.worker(bench.id).quiet()).toBe('asked')
    await bench.clock.advance(9_998)
    expect(await stateOf(bench)).toBe('working')
    const before = bench.news.length
    await bench.clock.advance(1)
    expect([await stateOf(bench), bench.news.length]).toEqual(['quiet', before + 2])
    await bench.clock.advance(30_000)
    expect(bench.news.length).toBe(before + 5)
  })

  it('outlives a reply that was lost', async () => {
    let loses = false
    const bench = await working(async (news, registry) => {
      const orders = await registry.note(news)
      if (loses) await refuses()
      return orders
    })
    await bench.broker.worker(bench.id).quiet()
    loses = true
    await bench.clock.advance(10_000)
    expect(await stateOf(bench)).toBe('working')
    loses = false
    await bench.clock.advance(10_000)
    expect(await stateOf(bench)).toBe('quiet')
  })

  it('counts once: what its own process does afterwards stays', async () => {
    const bench = await working()
    await bench.broker.worker(bench.id).quiet()
    await bench.clock.advance(10_000)
    bench.worker.resume()
    await bench.clock.advance(60_000)
    expect(await stateOf(bench)).toBe('working')
    await bench.broker.worker(bench.id).quiet()
    await bench.clock.advance(10_000)
    expect(await stateOf(bench)).toBe('quiet')
  })

  it('counts also where the storage forgot the worker meanwhile, and its orders with it', async () => {
    let isAway = false
    const bench = await working((news, registry) => (isAway ? refuses() : registry.note(news)))
    await bench.broker.worker(bench.id).quiet()
    await bench.clock.advance(10_000)
    expect(await stateOf(bench)).toBe('quiet')
    isAway = true
    await bench.clock.advance(70_000)
    isAway = false
    await bench.clock.advance(10_000)
    expect(await bench.broker.worker(bench.id).resume()).toBe('asked')
    await bench.clock.advance(10_000)
    expect(await stateOf(bench)).toBe('working')
  })

  it('that it does not know is left alone, and so is one for a worker that closes', async () => {
    const bench = await working(async (news, registry) => {
      const orders = await registry.note(news)
      return [
        ...orders,
        ...orders.map((order) => ({ ...order, n: order.n + 1, what: 'dance' })),
        { id: 'other', n: 1, what: 'quiet' },
      ]
    })
    await bench.broker.worker(bench.id).quiet()
    await bench.clock.advance(10_000)
    expect([await stateOf(bench), bench.errors]).toEqual(['working', []])
    await bench.broker.worker(bench.id).resume()
    const closing = bench.broker.close({ deadlineMs: 100 })
    await bench.clock.advance(10_000)
    await closing
    expect([bench.errors, bench.warned]).toEqual([[], []])
  })
})

describe('a worker that is stopped', () => {
  it('is closed as by its own program, with ten seconds for what runs, and logs who asked', async () => {
    const ended: unknown[] = []
    const bench = await working(undefined, {
      handler: (_, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => void ended.push(['aborted', bench.clock.now()]))
        }),
    })
    await bench.broker.queue('q').enqueue(1)
    await bench.clock.advance(0)
    const before = bench.clock.now()
    await bench.broker.worker(bench.id).stop({ by: `Ada\u202e\n${'x'.repeat(100)}` })
    await bench.clock.advance(10_000)
    const orderedAt = before + 10_000 - (before % 10_000)
    expect(bench.warned).toEqual(['this worker was stopped by another process'])
    expect(bench.fields).toMatchObject([{ queue: 'q', worker: bench.id, by: `Ada  ${'x'.repeat(45)}` }])
    expect(await bench.broker.workers()).toMatchObject([{ state: 'quiet', running: 1 }])
    await bench.clock.advance(10_000)
    expect(ended).toEqual([['aborted', orderedAt + 8_000]])
    expect([await bench.broker.workers(), bench.errors]).toEqual([[], []])
    expect((await bench.broker.queue('q').stats()).waiting).toBe(1)
  })

  it('is closed by its onStop, where that has another deadline, or closes the whole broker', async () => {
    const bench = await working(undefined, {
      handler: () => new Promise(() => undefined),
      onStop: () => bench.broker.close({ deadlineMs: 100 }),
    })
    await bench.broker.queue('q').enqueue(1)
    await bench.clock.advance(0)
    await bench.broker.worker(bench.id).stop()
    await bench.clock.advance(10_000)
    await bench.clock.advance(1_000)
    await expect(bench.broker.queues()).rejects.toMatchObject({ code: 'closed' })
    expect(bench.clock.nextInMs).toBeUndefined()
    expect(bench.errors).toEqual([])
  })

  it.each([
    ['throws', () => refusesNow()],
    ['rejects', () => refuses()],
    ['is wrong about its deadline', (worker: Worker) => worker.close({ deadlineMs: -1 })],
  ])('is closed also where its onStop %s, which is reported', async (_, act) => {
    const bench = await working(undefined, { onStop: () => act(bench.worker) })
    await bench.broker.worker(bench.id).stop()
    await bench.clock.advance(10_000)
    expect(bench.errors).toHaveLength(1)
    expect(await bench.broker.workers()).toEqual([])
  })

  it('is told so once, however often it is asked for, and not when it closes by itself', async () => {
    const stops: unknown[] = []
    const bench = await working(undefined, { onStop: (stop) => stops.push(stop) })
    for (let i = 0; i < 3; i++) await bench.broker.worker(bench.id).stop()
    await bench.clock.advance(20_000)
    expect(stops).toEqual([{ by: undefined }])

    const other = await working(undefined, { onStop: (stop) => stops.push(stop) })
    await other.broker.worker(other.id).stop()
    const closing = other.worker.close()
    await other.clock.advance(20_000)
    await closing
    expect(stops).toHaveLength(1)
  })

  it('is refused an onStop that is no function', () => {
    const { broker } = noted()
    expect(() => broker.queue('q').process(() => undefined, { onStop: 7 as never })).toThrow(TypeError)
  })
})

describe('the machine of a worker', () => {
  const hostOf = async (host: unknown): Promise<string | undefined> => {
    const real = process.getBuiltinModule.bind(process)
    const module = typeof host === 'function' ? { hostname: host } : { hostname: () => host }
    const spy = vi
      .spyOn(process, 'getBuiltinModule')
      .mockImplementation(((name: string) => (name === 'node:os' ? module : real(name))) as never)
    try {
      const { broker } = noted()
      broker.queue('q').process(() => undefined)
      return (await broker.workers())[0]?.host
    } finally {
      spy.mockRestore()
    }
  }
  const throwing = (): never => {
    throw new Error('no such machine')
  }

  it.each([
    ['that breaks lines and turns texts around', 'a\n\u001b[31m\u2028\u202eb', 'a  [31m  b'],
    ['of 10,000 letters', 'x'.repeat(10_000), 'x'.repeat(255)],
    ['of quotes and half a pair', '"\\\ud800"', '"\\ "'],
    ['that is no text', { toString: throwing }, ''],
    ['that cannot be asked for', throwing, ''],
  ])('is shown with a name %s', async (_, host, shown) => {
    expect(await hostOf(host)).toBe(shown)
  })
})
