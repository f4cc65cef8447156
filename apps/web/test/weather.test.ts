import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { postTask, testWeb } from './test-web.ts'

/** A port where nobody is, or where somebody takes connections and never says a word. */
async function deadRedis(kind: 'nobody' | 'silence'): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const end = async (): Promise<void> => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  }
  if (kind === 'nobody') await end()
  else onTestFinished(end)
  return `redis://127.0.0.1:${port}`
}

describe.each(['nobody', 'silence'] as const)('with %s where Redis should be', (kind) => {
  const away = async () => testWeb({ adapter: redisAdapter({ url: await deadRedis(kind) }), operationTimeoutMs: 500 })

  it('is live, and not ready, within its timeout', async () => {
    const { app } = await away()
    expect((await app.inject('/health/live')).statusCode).toBe(200)
    const since = performance.now()
    const response = await app.inject('/health/ready')
    expect(response.statusCode).toBe(503)
    expect(response.json().code).toBe('unavailable')
    expect(performance.now() - since).toBeLessThan(1_500)
  })

  it('shows the page', async () => {
    const { app } = await away()
    expect((await app.inject('/')).statusCode).toBe(200)
  })

  it('answers every request that needs Redis with 503 within its timeout', async () => {
    const { app } = await away()
    const since = performance.now()
    const responses = await Promise.all([
      postTask(app, { payload: 7 }),
      postTask(app, { payload: 7 }, '?waitMs=10000'),
      app.inject('/prodcons'),
      app.inject('/pubsub'),
      app.inject('/queues/prodcons/tasks/1'),
      app.inject({ method: 'POST', url: '/channels/pubsub/messages', payload: { payload: 7 } }),
    ])
    expect(performance.now() - since).toBeLessThan(3_000)
    const codes = responses.map((response) => response.json().code)
    expect(codes).toEqual(['unknown', 'unknown', 'unknown', 'unknown', 'unavailable', 'unknown'])
    for (const response of responses) {
      expect(response.statusCode).toBe(503)
      expect(response.json().message).toEqual(expect.any(String))
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
    }
  })

  it('still refuses what is wrong with the request itself', async () => {
    const { app } = await away()
    expect((await postTask(app, { payload: 'seven' })).statusCode).toBe(422)
  })
})

async function onRedis(args: readonly string[] = []) {
  const server = await startRedis({ args })
  onTestFinished(() => server.stop())
  return { server, ...(await testWeb({ adapter: redisAdapter({ url: server.url }), operationTimeoutMs: 500 })) }
}

describe('with a Redis', () => {
  it('that stops answering: 503 within the timeout, and well again after', async () => {
    const { app, server } = await onRedis()
    await vi.waitFor(async () => expect((await app.inject('/health/ready')).statusCode).toBe(200), 5_000)
    server.pause()
    const since = performance.now()
    const responses = await Promise.all([
      postTask(app, { payload: 7 }),
      app.inject('/pubsub'),
      app.inject('/health/ready'),
    ])
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([503, 503, 503])
    // A command that is under way is given up after 5 s, whatever the operation's timeout is.
    expect(performance.now() - since).toBeLessThan(6_500)
    server.resume()
    await vi.waitFor(async () => expect((await postTask(app, { payload: 7 })).statusCode).toBe(202), 15_000)
  })

  it('that has no memory left: 507, and nothing enqueued', async () => {
    const { app } = await onRedis(['--maxmemory', '1mb', '--maxmemory-policy', 'noeviction'])
    await vi.waitFor(async () => {
      const response = await postTask(app, { payload: 7 })
      expect(response.json().code).toBe('storage-full')
      expect(response.statusCode).toBe(507)
    }, 5_000)
  })
})
