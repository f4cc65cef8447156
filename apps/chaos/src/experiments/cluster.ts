import type { RedisServer } from '@mq/redis-server'
import { LOG, QUEUE } from '../contenders/contender.ts'
import { USUAL_CREW } from '../crew/crew-plan.ts'
import { until } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'
import { repeated } from './repeated.ts'

const GROUPS = ['audit']
/** Replicas follow at once; a busy machine may hold one up. */
const REPLICATION_FORGETS_MS = 1_000
const PROMOTED_WITHIN_MS = 30_000
/** A promotion by hand that no majority voted for is given up by Redis after five seconds. */
const ASKED_AGAIN_MS = 6_000

interface Shard {
  readonly master: RedisServer
  readonly replica: RedisServer
}

function clustered(
  name: string,
  fault: string,
  strike: (scene: Scene, shard: Shard) => Promise<void>,
  forgetsMs = 0,
): Experiment {
  return {
    name,
    fault: `${fault}, of the queue or of the channel, in a cluster of 3 + 3`,
    bound: `what was claimed and not settled${forgetsMs > 0 ? `, or was confirmed in the ${forgetsMs} ms before` : ''}`,
    clustered: true,
    crew: () => ({
      workers: 2,
      publishers: 1,
      groups: GROUPS,
      publisher: { ...USUAL_CREW.publisher, pauseMs: [2, 12], durable: true, failing: 0.05 },
    }),
    expected: { groups: GROUPS },
    long: true,
    steady: true,
    peers: false,
    run: (scene) =>
      repeated(scene, async (round) => {
        const shard = await shardOf(scene, round % 2 === 0 ? QUEUE : LOG)
        await scene.strike(name, '*', () => strike(scene, shard), forgetsMs)
      }),
  }
}

export const clusterMasterKilled: Experiment = clustered(
  'cluster-master-killed',
  'SIGKILL of the master, whose replica is promoted; then it comes back',
  async (scene, { master, replica }) => {
    await master.kill()
    await promoted(scene, replica)
    await master.restart()
    await follows(scene, master)
  },
  REPLICATION_FORGETS_MS,
)

export const clusterMasterHung: Experiment = clustered(
  'cluster-master-hung',
  'SIGSTOP of the master until its replica is promoted; then it goes on',
  async (scene, { master, replica }) => {
    master.pause()
    try {
      await promoted(scene, replica)
    } finally {
      master.resume()
    }
    await follows(scene, master)
  },
  REPLICATION_FORGETS_MS,
)

export const clusterFailover: Experiment = clustered(
  'cluster-failover',
  'CLUSTER FAILOVER to the replica, as before an upgrade',
  async (scene, { master, replica }) => {
    let askedAt = Number.NEGATIVE_INFINITY
    await until('the replica to be promoted', PROMOTED_WITHIN_MS, async () => {
      if ((await roleOf(scene, replica)) === 'master') return true
      if (performance.now() - askedAt > ASKED_AGAIN_MS) {
        askedAt = performance.now()
        await scene.admin((redis) => redis.call('CLUSTER', 'FAILOVER'), replica)
      }
      return false
    })
    await follows(scene, master)
  },
)

export const clusterSlotMoved: Experiment = clustered(
  'cluster-slot-moved',
  'the slot moves to another master, key by key',
  async (scene, { master }) => {
    const { cluster, dice } = scene
    const others = cluster!.masters.filter((each) => each !== master)
    for (const name of [QUEUE, LOG]) {
      const slot = await cluster!.slotOf(name)
      const keys = (await scene.admin((redis) => redis.call('CLUSTER', 'COUNTKEYSINSLOT', slot), master)) as number
      if (keys > 0) await moveSlot(scene, slot, master, dice.oneOf(others))
    }
  },
)

/** The shard that has the slot of that name now. */
async function shardOf(scene: Scene, name: string): Promise<Shard> {
  const { masters, replicas } = scene.cluster!
  const slot = await scene.cluster!.slotOf(name)
  const shards = await Promise.all(
    masters.map(async (first, i) => {
      const second = replicas[i]!
      return (await roleOf(scene, first)) === 'master'
        ? { master: first, replica: second }
        : { master: second, replica: first }
    }),
  )
  const rows = (await scene.admin((redis) => redis.call('CLUSTER', 'SLOTS'))) as [number, number, [string, number]][]
  const port = rows.find(([from, to]) => slot >= from && slot <= to)?.[2][1]
  return shards.find(({ master }) => master.port === port) ?? shards[0]!
}

async function roleOf({ admin }: Scene, server: RedisServer): Promise<unknown> {
  return admin(async (redis) => ((await redis.role()) as unknown[])[0], server)
}

async function promoted(scene: Scene, replica: RedisServer): Promise<void> {
  await until('the replica to be promoted', PROMOTED_WITHIN_MS, async () => (await roleOf(scene, replica)) === 'master')
}

/** Before the next strike, it has what the new master has. */
async function follows({ admin }: Scene, server: RedisServer): Promise<void> {
  await until('the old master to follow', PROMOTED_WITHIN_MS, async () => {
    const info = await admin((redis) => redis.info('replication'), server)
    return info.includes('role:slave') && info.includes('master_link_status:up')
  })
}

async function moveSlot({ admin, cluster }: Scene, slot: number, from: RedisServer, to: RedisServer): Promise<void> {
  const call = (server: RedisServer, ...args: readonly (string | number)[]): Promise<unknown> =>
    admin((redis) => redis.call('CLUSTER', ...args), server)
  const [fromId, toId] = (await Promise.all([call(from, 'MYID'), call(to, 'MYID')])) as [string, string]
  await call(to, 'SETSLOT', slot, 'IMPORTING', fromId)
  await call(from, 'SETSLOT', slot, 'MIGRATING', toId)
  for (;;) {
    const keys = (await call(from, 'GETKEYSINSLOT', slot, 3)) as string[]
    if (keys.length === 0) break
    await admin((redis) => redis.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys), from)
  }
  const others = cluster!.masters.filter((each) => each !== from && each !== to)
  for (const server of [to, from, ...others]) await call(server, 'SETSLOT', slot, 'NODE', toId)
}
