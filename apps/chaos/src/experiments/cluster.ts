import { moveSlot } from '@mq/redis-server'
import type { RedisServer, SlotMove } from '@mq/redis-server'
import { LOG, QUEUE } from '../contenders/contender.ts'
import { until } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'
import { repeated } from './repeated.ts'
import {
  follows,
  GROUPS,
  isMaster,
  PROMOTED_WITHIN_MS,
  promoted,
  replicatedCrew,
  REPLICATION_FORGETS_MS,
} from './replicas.ts'

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
    crew: replicatedCrew,
    expected: { groups: GROUPS },
    long: true,
    steady: true,
    peers: true,
    run: (scene) =>
      repeated(scene, async (round) => {
        const shard = await shardOf(scene, round % 2 === 0 || scene.groups.length === 0 ? QUEUE : LOG)
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
      if (await isMaster(scene, replica)) return true
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
