import { startRedis } from '@mq/redis-server'
import type { RedisBinary, RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { setTimeout as pause } from 'node:timers/promises'

export interface TestCluster {
  readonly nodes: readonly RedisServer[]
  readonly places: readonly { readonly host: string; readonly port: number }[]
  /** Which node has the slot of that name. */
  ownerOf(name: string): Promise<number>
  stop(): Promise<void>
}

const RANGES = [
  [0, 5_460],
  [5_461, 10_922],
  [10_923, 16_383],
] as const

/** Three masters on loopback, all of which know that the cluster is whole. */
export async function startCluster(binary: RedisBinary): Promise<TestCluster> {
  const args = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']
  const nodes = await Promise.all(RANGES.map(() => startRedis({ binary, args })))
  const admins = nodes.map(({ url }) => new Redis(url))
  const [first, admin] = [admins[0]!, admins[1]!]
  for (const [i, [from, to]] of RANGES.entries()) {
    await admins[i]!.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    if (i > 0) await first.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[i]!.port))
  }
  const isWhole = /cluster_state:ok[^]*cluster_known_nodes:3[^]*cluster_size:3/
  for (const each of admins) {
    while (!isWhole.test(String(await each.call('CLUSTER', 'INFO')))) await pause(50)
    if (each !== admin) each.disconnect()
  }
  return {
    nodes,
    places: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    async ownerOf(name) {
      const slot = Number(await admin.call('CLUSTER', 'KEYSLOT', `{${name}}`))
      return RANGES.findIndex(([from, to]) => slot >= from && slot <= to)
    },
    async stop() {
      admin.disconnect()
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}
