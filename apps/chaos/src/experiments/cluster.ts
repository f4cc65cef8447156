import { moveSlot } from '@mq/redis-server'
import type { SlotMove } from '@mq/redis-server'
import { LOG, QUEUE } from '../contenders/contender.ts'
import { until } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'
import { onCluster } from './on-cluster.ts'
import { follows, isMaster, PROMOTED_WITHIN_MS, promoted, REPLICATION_FORGETS_MS } from './replicas.ts'

/** A promotion by hand that no majority voted for is given up by Redis after five seconds. */
const ASKED_AGAIN_MS = 6_000

export const clusterMasterKilled: Experiment = onCluster(
  'cluster-master-killed',
  'SIGKILL of the master, whose replica is promoted; then it comes back',
  async (scene, { master, replica }) => {
    await master.kill()
    await promoted(scene, replica)
    await master.restart()
    await follows(scene, master)
  },
  { forgetsMs: REPLICATION_FORGETS_MS },
)

export const clusterMasterHung: Experiment = onCluster(
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
  { forgetsMs: REPLICATION_FORGETS_MS },
)

export const clusterFailover: Experiment = onCluster(
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

export const clusterSlotMoved: Experiment = onCluster(
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

function callOf({ admin }: Scene): SlotMove['call'] {
  return (server, ...[verb, ...args]) => admin((redis) => redis.call(String(verb), ...args), server)
}
