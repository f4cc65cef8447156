import { command } from './command.ts'
import type { RedisServer } from './redis-server.ts'
import { startRedis, type RedisOptions } from './start-redis.ts'
import { startSentinel } from './start-sentinel.ts'
import { until } from './until.ts'

export interface WatchedOptions extends Pick<RedisOptions, 'args' | 'binary'> {
  /** The name under which the sentinels know the master. */
  readonly name: string
  /** By default two. */
  readonly replicas?: number | undefined
  /** By default three; most of them have to agree that the master is away. */
  readonly sentinels?: number | undefined
  /** As of `startSentinel()`. */
  readonly downAfterMs?: number | undefined
}

const UNTIL_KNOWN = 'the sentinels did not know their servers'

/** A master on loopback, its replicas, and the sentinels that watch them. They end as servers of `startRedis()` do. */
export class WatchedRedis implements AsyncDisposable {
  readonly name: string
  /** At the beginning the first one is the master. */
  readonly servers: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]

  constructor(name: string, servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.name = name
    this.servers = servers
    this.sentinels = sentinels
  }

  /** Whom the first sentinel names. */
  async master(): Promise<RedisServer> {
    const info = await command(this.sentinels[0]!.port, 'INFO', 'sentinel')
    const port = Number(/address=127\.0\.0\.1:(\d+)/.exec(info)?.[1])
    const master = this.servers.find((server) => server.port === port)
    if (master === undefined) throw new Error(`the master of a sentinel is none of its servers:\n${info}`)
    return master
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Resolves when the replicas follow, and the sentinels know them and each other. */
export async function startWatched(options: WatchedOptions): Promise<WatchedRedis> {
  const { name, replicas = 2, sentinels: count = 3, downAfterMs, binary } = options
  const servers: RedisServer[] = []
  const sentinels: RedisServer[] = []
  const watched = new WatchedRedis(name, servers, sentinels)
  try {
    const args = ['--repl-diskless-sync-delay', '0', ...(options.args ?? [])]
    const master = await startRedis({ args, binary })
    servers.push(master)
    for (let i = 0; i < replicas; i++) {
      const replica = await startRedis({ args: [...args, '--replicaof', '127.0.0.1', String(master.port)], binary })
      servers.push(replica)
      await until(UNTIL_KNOWN, async () =>
        /master_link_status:up/.test(await command(replica.port, 'INFO', 'replication')),
      )
    }
    const quorum = Math.floor(count / 2) + 1
    for (let i = 0; i < count; i++)
      sentinels.push(await startSentinel({ name, masterPort: master.port, downAfterMs, quorum, binary }))
    const isKnown = `status=ok,address=127.0.0.1:${master.port},slaves=${replicas},sentinels=${count}`
    for (const { port } of sentinels)
      await until(UNTIL_KNOWN, async () => (await command(port, 'INFO', 'sentinel')).includes(isKnown))
  } catch (error) {
    await watched.stop()
    throw error
  }
  return watched
}
