import { SILENT_MS } from '../storage.ts'
import { lasting } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'
import type { Shard } from './on-cluster.ts'
import { onCluster } from './on-cluster.ts'
import { follows, promoted, REPLICATION_FORGETS_MS } from './replicas.ts'

const LEASES = 2
/**
 * A replica that was elected counts the same votes once more, within two timeouts, when it is one again and its master
 * is away: Redis 7.0 promotes it at once then, and without a vote.
 */
const CALM_MS = 2 * SILENT_MS
const REPLICATED = { clustered: 'proxied', replicated: true } as const
const BOUND = `what was claimed and not settled, or was settled in the ${REPLICATION_FORGETS_MS} ms before, or at a master that was no more; nothing accepted is lost`
const PROMOTED = { ...REPLICATED, forgetsMs: REPLICATION_FORGETS_MS, bound: BOUND, calmMs: CALM_MS } as const

/** The nodes see each other, and so nothing is done about it. */
export const clusterPartitioned: Experiment = onCluster(
  'cluster-partitioned',
  `a master is cut off from all clients for ${LEASES} leases`,
  async (scene, { master }) => {
    await scene.proxied!.cutOff(master, 'clients')
    await lasting(LEASES * scene.leaseMs)
    scene.proxied!.heal()
  },
  REPLICATED,
)

export const clusterIsolated: Experiment = onCluster(
  'cluster-isolated',
  'a master is cut off from everyone, until its replica is promoted; then it is back',
  (scene, shard) => untilPromoted(scene, shard, 'everyone'),
  { ...PROMOTED, onlyFull: 'it takes 20 s; cluster-master-hung is like it' },
)

/** It takes writes until it notices, which nobody will have. */
export const clusterSplit: Experiment = onCluster(
  'cluster-split',
  'a master is cut off from all other nodes, and not from clients, until its replica is promoted; then it is back',
  (scene, shard) => untilPromoted(scene, shard, 'nodes'),
  { ...PROMOTED, onlyFull: 'it takes 20 s' },
)

async function untilPromoted(scene: Scene, { master, replica }: Shard, from: 'nodes' | 'everyone'): Promise<void> {
  await scene.proxied!.cutOff(master, from)
  try {
    await promoted(scene, replica)
  } finally {
    scene.proxied!.heal()
  }
  await follows(scene, master)
}
