import { command } from './command.ts'
import type { RedisBinary } from './redis-binary.ts'
import type { RedisServer } from './redis-server.ts'
import { startRedis } from './start-redis.ts'
import { until } from './until.ts'

export interface ClusterOptions {
  /** By default three. */
  readonly masters?: number | undefined
  /** Of each master; by default none. */
  readonly replicas?: number | undefined
  /** After which the others take a node for dead. */
  readonly nodeTimeoutMs?: number | undefined
  readonly args?: readonly string[] | undefined
  /** Those of each node, and those under which the others and clients find it. */
  readonly ports?: readonly NodePorts[] | undefined
  /** Ports for TLS, one for each node: the nodes use it, too, and `args` have its files. */
  readonly tlsPorts?: readonly number[] | undefined
  readonly binary?: RedisBinary | undefined
}

export interface NodePorts {
  readonly port: number
  readonly announced: number
  /** Of its bus. */
  readonly announcedBus: number
}

const SLOTS = 16_384
const UNTIL_WHOLE = 'the cluster did not become whole'

/** A cluster on loopback, whose masters have as many slots each. It ends as servers of `startRedis()` do. */
export class RedisCluster implements AsyncDisposable {
  readonly masters: readonly RedisServer[]
  /** The replicas of the first master, then those of the second, and so on. */
  readonly replicas: readonly RedisServer[]
  readonly #ports: readonly NodePorts[] | undefined

  constructor(
    masters: readonly RedisServer[],
    replicas: readonly RedisServer[],
    ports?: readonly NodePorts[] | undefined,
  ) {
    this.masters = masters
    this.replicas = replicas
    this.#ports = ports
  }

  /** The node that others know by this port. */
  at(announced: number): RedisServer | undefined {
    const port = this.#ports?.find((each) => each.announced === announced)?.port ?? announced
    return this.servers.find((server) => server.port === port)
  }

  get servers(): readonly RedisServer[] {
    return [...this.masters, ...this.replicas]
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url)
  }

  async slotOf(name: string): Promise<number> {
    const { port } = this.servers.find(({ pid }) => pid !== undefined)!
    return Number(await command(port, 'CLUSTER', 'KEYSLOT', `{${name}}`))
  }

  /** The master that had the slot of a queue or channel of that name when the cluster was started. */
  async ownerOf(name: string): Promise<number> {
    const slot = await this.slotOf(name)
    return this.masters.findIndex((_, i) => slot < startOf(i + 1, this.masters.length))
  }

  /** A name whose slot that master had when the cluster was started. */
  async nameOn(master: number, beginning = 'name'): Promise<string> {
    for (let i = 0; ; i++) if ((await this.ownerOf(`${beginning}-${i}`)) === master) return `${beginning}-${i}`
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Resolves when all of its nodes know that it is whole. */
export async function startCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const { masters: count = 3, replicas: each = 0, nodeTimeoutMs = 15_000, binary } = options
  const args = [
    ['--cluster-enabled', 'yes'],
    ['--cluster-announce-ip', '127.0.0.1'],
    ['--cluster-node-timeout', String(nodeTimeoutMs)],
    ['--repl-diskless-sync-delay', '0'],
    ['--cluster-allow-replica-migration', 'no'],
    options.args ?? [],
  ].flat()
  const { tlsPorts, ports } = options
  const overTls = (i: number): string[] =>
    tlsPorts ? ['--tls-port', String(tlsPorts[i]), '--tls-cluster', 'yes', '--tls-replication', 'yes'] : []
  const announcing = (i: number): string[] => {
    const { announced, announcedBus } = ports?.[i] ?? {}
    if (announced === undefined) return []
    return ['--cluster-announce-port', String(announced), '--cluster-announce-bus-port', String(announcedBus)]
  }
  const start = (_: unknown, i: number): Promise<RedisServer> =>
    startRedis({ args: [...args, ...overTls(i), ...announcing(i)], port: ports?.[i]?.port, binary })
  const servers = await Promise.all(Array.from({ length: count * (1 + each) }, start))
  const cluster = new RedisCluster(servers.slice(0, count), servers.slice(count), ports)
  try {
    const addresses = servers.map(({ port }, i) => {
      const { announced, announcedBus } = ports?.[i] ?? {}
      return announced === undefined ? [tlsPorts?.[i] ?? port] : [announced, announcedBus!]
    })
    await join(cluster, each, addresses)
  } catch (error) {
    await cluster.stop()
    throw error
  }
  return cluster
}

function startOf(master: number, masters: number): number {
  return Math.ceil((master * SLOTS) / masters)
}

async function join(
  { masters, replicas, servers }: RedisCluster,
  each: number,
  addresses: readonly (readonly number[])[],
): Promise<void> {
  const [first] = servers
  await Promise.all(
    masters.map(async ({ port }, i) => {
      await command(port, 'CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1))
      const [from, to] = [startOf(i, masters.length), startOf(i + 1, masters.length) - 1]
      await command(port, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    }),
  )
  for (const address of addresses.slice(1))
    await command(first!.port, 'CLUSTER', 'MEET', '127.0.0.1', ...address.map(String))
  await Promise.all(
    replicas.map(async ({ port }, i) => {
      const id = await command(masters[Math.floor(i / each)]!.port, 'CLUSTER', 'MYID')
      // It has to hear of its master first.
      await until(UNTIL_WHOLE, async () => (await command(port, 'CLUSTER', 'REPLICATE', id)) === 'OK')
      await until(UNTIL_WHOLE, async () => /master_link_status:up/.test(await command(port, 'INFO', 'replication')))
    }),
  )
  const isWhole = (info: string): boolean =>
    info.includes('cluster_state:ok') &&
    info.includes(`cluster_known_nodes:${servers.length}\r`) &&
    info.includes(`cluster_size:${masters.length}\r`)
  for (const { port } of servers) await until(UNTIL_WHOLE, async () => isWhole(await command(port, 'CLUSTER', 'INFO')))
  const isRight = (nodes: string): boolean => (nodes.match(/ slave|,slave/g) ?? []).length === replicas.length
  for (const { port } of servers) await until(UNTIL_WHOLE, async () => isRight(await command(port, 'CLUSTER', 'NODES')))
}
