import { createBroker, silentLogger } from '@mq/core'
import type { Adapter } from '@mq/core'
import { startRedis, startSentinel } from '@mq/redis-server'
import { expect, it } from 'vitest'
import { onSentinel, withOwnClients, withTls } from '../src/connections.ts'

it('runs a task on the master that a sentinel names', async () => {
  await using master = await startRedis()
  await using sentinel = await startSentinel({ name: 'shop', masterPort: master.port })
  expect(await greet(onSentinel([sentinel.url], 'shop'))).toBe('Hello Ada')
})

it('runs a task over clients of its own', async () => {
  await using server = await startRedis()
  expect(await greet(withOwnClients({ host: '127.0.0.1', port: server.port }))).toBe('Hello Ada')
})

it('makes an adapter for TLS without connecting', () => {
  expect(withTls('redis.example.org', 'PEM').name).toBe('redis')
})

async function greet(adapter: Adapter): Promise<unknown> {
  await using broker = createBroker(adapter, { logger: silentLogger })
  const queue = broker.queue('greetings')
  queue.process((name) => `Hello ${String(name)}`)
  const task = await queue.enqueue('Ada')
  return await task.result({ timeoutMs: 10_000 })
}
