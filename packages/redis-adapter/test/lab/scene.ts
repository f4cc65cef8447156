import type { Broker, BrokerOptions } from '@mq/core'
import { createBroker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { FaultProxy } from '@mq/redis-server/proxy'
import { createRecorder } from './recorder.ts'
import type { Recorder } from './recorder.ts'

export interface Scene extends AsyncDisposable {
  readonly server: RedisServer
  /** Between the brokers and the server. */
  readonly proxy: FaultProxy
  /** Straight to the server, for what an operator would do. */
  readonly admin: Redis
  /** What all brokers of the scene say. */
  readonly recorder: Recorder
  /** Through the proxy, and not waited for. */
  broker(options?: BrokerOptions): Broker
}

export interface SceneOptions {
  readonly args?: readonly string[]
}

/** A server with a bad network in front of it. All that was opened is closed at the end of the test. */
export async function openScene({ args = [] }: SceneOptions = {}): Promise<Scene> {
  const server = await startRedis({ args })
  const proxy = await FaultProxy.start(server.port)
  const admin = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  admin.on('error', () => undefined) // the server goes away on purpose
  const recorder = createRecorder()
  const brokers: Broker[] = []
  return {
    server,
    proxy,
    admin,
    recorder,
    broker(options = {}) {
      const broker = createBroker(redisAdapter({ url: proxy.url }), { ...recorder.options, ...options })
      brokers.push(broker)
      return broker
    },
    async [Symbol.asyncDispose]() {
      if (server.pid !== undefined) server.resume()
      await Promise.all(brokers.map((broker) => broker.close({ deadlineMs: 0 })))
      admin.disconnect()
      await proxy[Symbol.asyncDispose]()
      await server.stop()
    },
  }
}
