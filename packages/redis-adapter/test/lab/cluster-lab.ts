import { randomUUID } from 'node:crypto'
import { createBroker } from '@mq/core'
import type { Broker, BrokerOptions } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisAdapterOptions } from '@mq/redis-adapter'
import { moveSlot, startCluster, startRedis } from '@mq/redis-server'
import type { ClusterOptions, RedisCluster, RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { eventually } from './eventually.ts'
import { createRecorder } from './recorder.ts'
import type { Recorder } from './recorder.ts'

/** A cluster of one test file, and those who use it. */
export class ClusterLab implements AsyncDisposable {
  readonly cluster: RedisCluster
  readonly recorder: Recorder = createRecorder()
  readonly #admins = new Map<RedisServer, Redis>()
  readonly #brokers: Broker[] = []
  readonly #more: RedisServer[] = []

  private constructor(cluster: RedisCluster) {
    this.cluster = cluster
  }

  static async start(options: ClusterOptions = {}): Promise<ClusterLab> {
    return new ClusterLab(await startCluster(options))
  }

  /** Straight to a node. */
  admin(server: RedisServer): Redis {
    const known = this.#admins.get(server)
    if (known) return known
    const client = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
    client.on('error', () => undefined)
    this.#admins.set(server, client)
    return client
  }

  /** By default by the url of its first node. */
  open(options: BrokerOptions = {}, ways: RedisAdapterOptions = { url: this.cluster.urls[0]! }): Broker {
    const broker = createBroker(redisAdapter(ways), { ...this.recorder.options, ...options })
    this.#brokers.push(broker)
    return broker
  }

  async broker(options: BrokerOptions = {}, ways?: RedisAdapterOptions): Promise<Broker> {
    const broker = this.open(options, ways)
    await broker.ready({ timeoutMs: 20_000 })
    return broker
  }

  freshName(): string {
    return `n-${randomUUID().slice(0, 8)}`
  }

  /** What all nodes together answer to a question. */
  async sum(ask: (admin: Redis) => Promise<number>): Promise<number> {
    const counts = await Promise.all(this.cluster.servers.map(async (server) => ask(this.admin(server))))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** `whileMoving` is called when some keys are here and some there. */
  async moveSlot(slot: number, from: number, to: number, whileMoving?: () => Promise<void>): Promise<void> {
    const { masters } = this.cluster
    const call = (server: RedisServer, ...[verb, ...args]: readonly (string | number)[]): Promise<unknown> =>
      this.admin(server).call(String(verb), ...args)
    await moveSlot({ slot, from: masters[from]!, to: masters[to]!, masters, call, whileMoving })
  }

  /** One more master, without a slot. */
  async addMaster(): Promise<RedisServer> {
    const server = await startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] })
    this.#more.push(server)
    await this.admin(this.cluster.servers[0]!).call('CLUSTER', 'MEET', '127.0.0.1', server.port)
    const everyone = [...this.cluster.servers, server]
    const size = `cluster_known_nodes:${everyone.length}\r`
    const knows = async (each: RedisServer): Promise<boolean> =>
      String(await this.admin(each).call('CLUSTER', 'INFO')).includes(size)
    await eventually(async () => (await Promise.all(everyone.map(knows))).every(Boolean), 'all nodes to know it')
    return server
  }

  async closeBrokers(): Promise<void> {
    await Promise.all(this.#brokers.splice(0).map((broker) => broker.close({ deadlineMs: 0 })))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.cluster.servers) if (server.pid !== undefined) server.resume()
    await this.closeBrokers()
    for (const admin of this.#admins.values()) admin.disconnect()
    await Promise.all(this.#more.map((server) => server.stop()))
    await this.cluster.stop()
  }

  /** Until that node is the master of its part. */
  async promoted(server: RedisServer): Promise<void> {
    await eventually(async () => ((await this.admin(server).call('ROLE')) as string[])[0] === 'master', 'a new master')
  }
}
