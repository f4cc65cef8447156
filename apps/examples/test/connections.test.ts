import { createBroker, silentLogger } from '@mq/core'
import type { Adapter } from '@mq/core'
import { startRedis } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { onCluster, onSentinel, withTls } from '../src/connections.ts'
import { startSentinel } from './start-sentinel.ts'

it('runs a task on the master that a sentinel names', async () => {
  await using master = await startRedis()
  await using sentinel = await startSentinel(master.port)
  expect(await greet(onSentinel([{ host: '127.0.0.1', port: sentinel.port }], 'shop'))).toBe('Hello Ada')
})

it('runs a task on a cluster', async () => {
  await using node = await startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] })
  const admin = new Redis(node.url)
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await expect.poll(() => admin.call('CLUSTER', 'INFO'), { timeout: 10_000 }).toContain('cluster_state:ok')
  admin.disconnect()
  expect(await greet(onCluster([{ host: '127.0.0.1', port: node.port }]))).toBe('Hello Ada')
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
