import { randomUUID } from 'node:crypto'
import { createBroker, silentLogger, systemClock } from '@mq/core'
import type { Broker, BrokerOptions, ChannelDriver, Storage } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisOptions, RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { afterAll, afterEach } from 'vitest'
import { QueuePort } from './queue-port.ts'

/** A Redis server of one test file, and those who use it. What a test opened is closed after the test. */
export class Lab {
  readonly server: RedisServer
  /** Sees the keys as they are. */
  readonly redis: Redis
  /** What participants' `onError` heard in this test. */
  errors: Error[] = []
  #ends: (() => Promise<unknown>)[] = []

  static async start(options: RedisOptions = {}): Promise<Lab> {
    const lab = new Lab(await startRedis(options))
    afterEach(() => lab.#tidy())
    afterAll(() => lab.#stop())
    return lab
  }

  private constructor(server: RedisServer) {
    this.server = server
    this.redis = new Redis(server.url)
  }

  /** A participant, as a process would be. */
  async open(): Promise<Storage> {
    const onError = (error: Error): void => void this.errors.push(error)
    const adapter = redisAdapter({ url: this.server.url })
    const storage = adapter.open({ clock: systemClock, logger: silentLogger, onError })
    this.#ends.push(() => storage.close())
    await storage.ready()
    return storage
  }

  /** A queue as a new participant has it; by default one that nobody used before. */
  async queue(name: string = freshName()): Promise<QueuePort> {
    return new QueuePort(await this.open(), name, this.redis)
  }

  async channel(name: string = freshName()): Promise<ChannelDriver> {
    return (await this.open()).channel(name)
  }

  async broker(options: BrokerOptions & { readonly url?: string | undefined } = {}): Promise<Broker> {
    const { url = this.server.url, ...rest } = options
    const onError = (error: Error): void => void this.errors.push(error)
    const broker = createBroker(redisAdapter({ url }), { logger: silentLogger, onError, ...rest })
    this.#ends.push(() => broker.close({ deadlineMs: 100 }))
    await broker.ready({ timeoutMs: 20_000 })
    return broker
  }

  freshName(): string {
    return freshName()
  }

  /** To be done after this test, before what was opened earlier is closed. */
  defer(end: () => Promise<unknown>): void {
    this.#ends.push(end)
  }

  async #tidy(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
    this.errors = []
  }

  async #stop(): Promise<void> {
    this.redis.disconnect()
    await this.server.stop()
  }
}

function freshName(): string {
  return `q-${randomUUID().slice(0, 8)}`
}
