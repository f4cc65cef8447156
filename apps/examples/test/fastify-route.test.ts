import { createBroker, silentLogger } from '@mq/core'
import type { Adapter, Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import type { FastifyInstance } from 'fastify'
import { EventEmitter, once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildApp, orders } from '../src/fastify-route.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const adapters: Record<string, () => Adapter> = {
  memory: () => memoryAdapter(),
  redis: () => redisAdapter({ url: redis.url, prefix: 'route' }),
}

describe.each(Object.entries(adapters))('the route on %s', (_name, adapter) => {
  let broker: Broker
  let app: FastifyInstance
  beforeEach(() => {
    broker = createBroker(adapter(), { logger: silentLogger })
    app = buildApp(broker, { waitMs: 500 })
  })
  afterEach(async () => {
    await app.close()
    await broker.close()
  })

  const post = (payload: object | string) =>
    app.inject({ method: 'POST', url: '/orders', payload, headers: { 'content-type': 'application/json' } })

  it('answers with the result', async () => {
    broker.queue(orders).process(({ count }) => ({ price: count * 2.5 }))
    const response = await post({ product: 'tea', count: 4 })
    expect([response.statusCode, response.json()]).toEqual([200, { price: 10 }])
    const later = await app.inject(String(response.headers['location']))
    expect(later.json()).toMatchObject({ state: 'completed', result: { price: 10 } })
  })

  it('refuses a body that does not fit', async () => {
    const response = await post({ product: 'tea', count: -1 })
    expect([response.statusCode, response.json().code]).toEqual([400, 'invalid-payload'])
    expect((await post('{')).statusCode).toBe(400)
    expect(await broker.queue(orders).stats()).toMatchObject({ waiting: 0 })
  })

  it('says where to look when it takes longer', async () => {
    const response = await post({ product: 'tea', count: 1 })
    expect([response.statusCode, response.json().code]).toEqual([202, 'wait-timeout'])
    const location = String(response.headers['location'])
    expect((await app.inject(location)).json()).toEqual({ state: 'pending' })
    const task = broker.queue(orders).task(location.split('/').at(-1)!)
    expect(await task.cancel()).toBe('cancelled')
  })

  it('says that the worker failed', async () => {
    broker.queue(orders).process(() => {
      throw new Error('no tea, and the password is 1234')
    })
    const response = await post({ product: 'tea', count: 1 })
    expect([response.statusCode, response.json().code]).toEqual([502, 'task-dead'])
    expect(response.body).not.toContain('1234')
  })

  it('goes on with the task when the client hangs up', async () => {
    const base = await app.listen({ port: 0, host: '127.0.0.1' })
    const kitchen = new EventEmitter()
    const [started, ended] = [once(kitchen, 'started'), once(kitchen, 'ended')]
    broker.queue(orders).process(async ({ count }) => {
      kitchen.emit('started')
      await once(kitchen, 'proceed')
      kitchen.emit('ended')
      return { price: count }
    })
    const client = new AbortController()
    const request = fetch(`${base}/orders`, {
      method: 'POST',
      body: JSON.stringify({ product: 'tea', count: 1 }),
      headers: { 'content-type': 'application/json' },
      signal: client.signal,
    })
    await started
    client.abort()
    await expect(request).rejects.toThrow()
    kitchen.emit('proceed')
    await ended
  })
})

it('answers 503 while there is no Redis', async () => {
  const broker = createBroker(redisAdapter({ url: 'redis://127.0.0.1:1' }), {
    logger: silentLogger,
    onError: () => {},
    operationTimeoutMs: 300,
  })
  const app = buildApp(broker)
  const response = await app.inject({ method: 'POST', url: '/orders', payload: { product: 'tea', count: 1 } })
  expect([response.statusCode, response.json().code]).toEqual([503, 'unavailable'])
  await app.close()
  await broker.close()
})
