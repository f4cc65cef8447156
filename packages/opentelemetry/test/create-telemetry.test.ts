import { bury, createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Adapter, Broker, BrokerOptions } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api'
import type { TracerProvider } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createTelemetry } from '../src/create-telemetry.ts'
import { lab } from './lab.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

let prefixes = 0
const ADAPTERS: Readonly<Record<string, () => Adapter>> = {
  memory: () => memoryAdapter(),
  redis: () => redisAdapter({ url: redis.url, prefix: `t${prefixes++}` }),
}

function open(adapter: Adapter, options: BrokerOptions): Broker {
  const broker = createBroker(adapter, { logger: silentLogger, ...options })
  onTestFinished(() => broker.close({ deadlineMs: 100 }))
  return broker
}

describe.each(Object.keys(ADAPTERS))('on %s', (name) => {
  const adapter = (): Adapter => ADAPTERS[name]!()

  it('a trace goes from the request through enqueue and run to what the handler enqueues', async () => {
    const { telemetry, tracer, spans } = lab()
    const broker = open(adapter(), telemetry.broker)
    const [orders, bills] = [broker.queue('orders'), broker.queue('bills')]
    bills.process(() => 'written')
    orders.process(async (order) => {
      const span = tracer.startSpan('look up')
      const bill = await bills.enqueue(order)
      span.end()
      return bill.result()
    })
    const request = tracer.startSpan('POST /orders')
    const inside = trace.setSpan(context.active(), request)
    const { id } = await context.with(inside, () => orders.enqueue(7))
    request.end()
    await orders.task(id).result()
    await vi.waitFor(() => expect(spans()).toHaveLength(6))

    const of = (what: string) => spans(what)[0]!
    expect(new Set(spans().map((span) => span.trace)).size).toBe(1)
    expect(of('enqueue orders').parent).toBe(of('POST /orders').id)
    expect(of('run orders').parent).toBe(of('enqueue orders').id)
    expect(of('look up').parent).toBe(of('run orders').id)
    expect(of('enqueue bills').parent).toBe(of('run orders').id)
    expect(of('run bills').parent).toBe(of('enqueue bills').id)
    expect(of('enqueue orders').span).toMatchObject({
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.system': 'mq',
        'messaging.destination.name': 'orders',
        'messaging.operation.name': 'enqueue',
        'messaging.operation.type': 'send',
        'messaging.message.id': id,
        'mq.task.existing': false,
      },
    })
    expect(of('run orders').span).toMatchObject({
      kind: SpanKind.CONSUMER,
      links: [{ context: { spanId: of('enqueue orders').id } }],
      attributes: {
        'messaging.system': 'mq',
        'messaging.destination.name': 'orders',
        'messaging.operation.name': 'run',
        'messaging.operation.type': 'process',
        'messaging.message.id': id,
        'mq.task.attempt': 1,
        'mq.task.outcome': 'completed',
      },
    })
  })

  it('each attempt is a span, a failed one with its error', async () => {
    const { telemetry, spans, points } = lab()
    const queue = open(adapter(), telemetry.broker).queue('mails')
    queue.process((_mail, { attempt }) => {
      if (attempt === 1) throw new TypeError('no such street')
      return bury('nobody lives there')
    })
    const task = await queue.enqueue(1, { backoff: { kind: 'fixed', baseMs: 1, jitter: 0 } })
    expect(await task.outcome()).toMatchObject({ state: 'dead' })
    await vi.waitFor(() => expect(spans('run mails')).toHaveLength(2))
    const [first, second] = spans('run mails').map(({ span }) => span)
    expect(first).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'no such street' },
      attributes: { 'mq.task.outcome': 'retried', 'error.type': 'TypeError', 'mq.task.attempt': 1 },
    })
    expect(first!.events.map((event) => event.name)).toEqual(['exception'])
    expect(second).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'mq.task.outcome': 'dead', 'mq.task.attempt': 2 },
    })
    expect(await points('messaging.client.sent.messages')).toMatchObject([
      { value: 1, attributes: { 'messaging.destination.name': 'mails', 'messaging.operation.name': 'enqueue' } },
    ])
    expect(await points('messaging.client.consumed.messages')).toMatchObject([
      { value: 1, attributes: { 'mq.task.outcome': 'retried', 'error.type': 'TypeError' } },
      { value: 1, attributes: { 'mq.task.outcome': 'dead' } },
    ])
    expect(await points('messaging.client.operation.duration')).toMatchObject([{ value: { count: 1 } }])
    expect(await points('messaging.process.duration')).toMatchObject([{ value: { count: 1 } }, { value: { count: 1 } }])
    expect(await points('mq.task.wait.duration')).toMatchObject([{ value: { count: 1 } }])
  })

  it('a call of a batch handler is a span that links to those of its tasks, and has what it does for children', async () => {
    const { telemetry, tracer, spans } = lab()
    const queue = open(adapter(), telemetry.broker).queue('rows')
    queue.processBatch(
      (payloads) => {
        tracer.startSpan('insert').end()
        if (payloads.length > 1) throw new RangeError('a bad row')
      },
      { size: 2, waitMs: 50 },
    )
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await Promise.all(tasks.map((task) => task.result()))
    await vi.waitFor(() => expect(spans('run batch rows')).toHaveLength(3))
    const [both, one] = spans('run batch rows').map(({ span }) => span)
    const runs = spans('run rows')
    expect(both).toMatchObject({
      kind: SpanKind.CONSUMER,
      status: { code: SpanStatusCode.ERROR, message: 'a bad row' },
      attributes: { 'messaging.batch.message_count': 2, 'messaging.destination.name': 'rows' },
    })
    expect(both!.links.map((link) => link.context.spanId)).toEqual(runs.slice(0, 2).map(({ id }) => id))
    expect(one!.attributes['messaging.batch.message_count']).toBe(1)
    expect(spans('insert')[0]!.parent).toBe(both!.spanContext().spanId)
    expect(runs.map(({ span }) => span.attributes['mq.task.outcome'])).toEqual([
      ...['released', 'released'],
      ...['completed', 'completed'],
    ])
  })

  it('a message of a channel carries its trace to the groups', async () => {
    const { telemetry, tracer, spans } = lab()
    const channel = open(adapter(), telemetry.broker).channel(
      defineChannel({ name: 'news', history: { maxCount: 10, maxAgeMs: 60_000 } }),
    )
    await channel.consume('audit', () => undefined, { from: 'earliest' })
    const span = tracer.startSpan('publish')
    await context.with(trace.setSpan(context.active(), span), () =>
      channel.publish('one', { headers: telemetry.headers() }),
    )
    await vi.waitFor(() => expect(spans('run news/audit')).toHaveLength(1))
    const [run] = spans('run news/audit')
    expect(run!.parent).toBe(span.spanContext().spanId)
    expect(run!.span.attributes).toMatchObject({
      'messaging.destination.name': 'news',
      'messaging.consumer.group.name': 'audit',
    })
  })
})

describe('a task', () => {
  it('that was refused has a span that ends in time, and those that are open are few', async () => {
    const clock = createVirtualClock()
    const { telemetry, spans } = lab({ clock, giveUpMs: 1_000 })
    const queue = open(memoryAdapter(), telemetry.broker).queue('mails')
    await expect(queue.enqueue(1n as never)).rejects.toMatchObject({ code: 'invalid-payload' })
    for (let i = 0; i < 10_000; i++) telemetry.broker.headers({ queue: 'mails' })
    const early = spans().length
    await clock.advance(1_000)
    expect(spans()).toHaveLength(early === 0 ? 10_000 : 10_001)
    expect(spans()[0]!.span).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'unknown' },
    })
  })

  it('is not refused for what its trace carries', async () => {
    const inject = (_context: unknown, carrier: unknown): void =>
      void Object.assign(carrier as object, { traceparent: '00-1-2-01', baggage: 'x'.repeat(20_000), odd: 7 })
    const { telemetry } = lab({ propagator: { inject, extract: (given) => given, fields: () => [] } })
    const queue = open(memoryAdapter(), telemetry.broker).queue('mails')
    const { id } = await queue.enqueue(1)
    expect((await queue.task(id).read())?.headers).toEqual({ traceparent: '00-1-2-01' })
  })

  it('neither is refused nor fails where the SDK does', async () => {
    const broken = new Proxy(
      {},
      {
        get: () => () => {
          throw new Error('broken')
        },
      },
    )
    const { telemetry } = lab({
      tracerProvider: { getTracer: () => broken } as unknown as TracerProvider,
      propagator: broken as never,
    })
    const queue = open(memoryAdapter(), telemetry.broker).queue('mails')
    queue.process(() => 'sent')
    expect(await (await queue.enqueue(1)).result()).toBe('sent')
  })

  it('that was refused ends no process, and keeps no trace open, where what takes its span fails', async () => {
    const clock = createVirtualClock()
    const ended: string[] = []
    const onEnd = ({ name }: ReadableSpan): void => {
      ended.push(name)
      throw new Error('a processor')
    }
    const nothing = async (): Promise<void> => undefined
    const processor = { onStart: () => undefined, onEnd, forceFlush: nothing, shutdown: nothing }
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [processor] })
    const { telemetry } = lab({ clock, giveUpMs: 1_000, tracerProvider })
    for (const queue of ['a', 'b']) telemetry.broker.headers({ queue })
    await clock.advance(1_000)
    expect(ended).toEqual(['enqueue a', 'enqueue b'])
    for (const queue of ['c', 'd']) telemetry.broker.headers({ queue })
    telemetry.close()
    expect(ended.slice(2)).toEqual(['enqueue c', 'enqueue d'])
  })

  it('of a process without an SDK carries nothing, and runs', async () => {
    const telemetry = createTelemetry()
    onTestFinished(() => telemetry.close())
    const queue = open(memoryAdapter(), telemetry.broker).queue('mails')
    queue.process((_payload, { headers }) => headers)
    expect(await (await queue.enqueue(1)).result()).toEqual({})
  })
})

it('traces nothing once it is closed, and ends what was open', async () => {
  const { telemetry, spans } = lab()
  const broker = open(memoryAdapter(), telemetry.broker)
  telemetry.broker.headers({ queue: 'mails' })
  telemetry.close()
  expect(spans()).toHaveLength(1)
  const queue = broker.queue('mails')
  queue.process(() => 'sent')
  expect(await (await queue.enqueue(1)).result()).toBe('sent')
  expect(spans()).toHaveLength(1)
})
