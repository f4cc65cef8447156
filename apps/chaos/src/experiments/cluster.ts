import { moveSlot } from '@mq/redis-server'
import type { RedisServer, SlotMove } from '@mq/redis-server'
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
      if (keys === 0) continue
      const { masters } = cluster!
      await moveSlot({ slot, from: master, to: dice.oneOf(others), masters, call: callOf(scene) })
    }
  },
)

/** The shard that has the slot of that name now. */
async function shardOf({ admin, cluster }: Scene, name: string): Promise<Shard> {
  const { masters, replicas } = cluster!
  const slot = await cluster!.slotOf(name)
  const rows = (await admin((redis) => redis.call('CLUSTER', 'SLOTS'))) as [number, number, [string, number]][]
  const port = rows.find(([from, to]) => slot >= from && slot <= to)?.[2][1]
  const shards = masters.flatMap((first, i): Shard[] => [
    { master: first, replica: replicas[i]! },
    { master: replicas[i]!, replica: first },
  ])
  const shard = shards.find(({ master }) => master.port === port)
  if (shard === undefined) throw new Error(`nobody has slot ${slot}`)
  return shard
}

function callOf({ admin }: Scene): SlotMove['call'] {
  return (server, ...[verb, ...args]) => admin((redis) => redis.call(String(verb), ...args), server)
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
