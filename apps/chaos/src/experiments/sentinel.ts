import type { RedisServer } from '@mq/redis-server'
import { USUAL } from '../checker/expectations.ts'
import { until } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'
import { repeated } from './repeated.ts'
import { follows, GROUPS, PROMOTED_WITHIN_MS, promoted, replicatedCrew, REPLICATION_FORGETS_MS } from './replicas.ts'

/** All of them: one that still follows the old master would confirm what is thrown away. */
const REPLICAS = 2
/** Each of three connections of a process hears each of three sentinels, once it is there. */
const HEARING = 9

function watched(
  name: string,
  fault: string,
  strike: (scene: Scene, master: RedisServer) => Promise<void>,
  onlyFull?: string,
): Experiment {
  return {
    name,
    fault: `${fault}; ${REPLICAS} replicas, 3 sentinels, and \`durability\` with all replicas`,
    bound: `what was claimed and not settled, or was settled in the ${REPLICATION_FORGETS_MS} ms before, or at a master that was no more; nothing accepted is lost`,
    watched: { confirming: REPLICAS },
    crew: replicatedCrew,
    expected: { groups: GROUPS, replicated: true, handleGrowth: USUAL.handleGrowth + HEARING },
    long: true,
    steady: true,
    peers: true,
    onlyFull,
    run: (scene) =>
      repeated(scene, async () => {
        const master = await scene.watched!.master()
        await scene.strike(name, '*', () => strike(scene, master), REPLICATION_FORGETS_MS)
      }),
  }
}

export const sentinelMasterKilled: Experiment = watched(
  'sentinel-master-killed',
  'SIGKILL of the master, until a replica is promoted; then it comes back, empty',
  async (scene, master) => {
    await master.kill()
    await replaced(scene, master)
    await master.restart()
    await allFollow(scene)
  },
  'it takes 25 s; sentinel-master-hung is like it',
)

export const sentinelMasterHung: Experiment = watched(
  'sentinel-master-hung',
  'SIGSTOP of the master until a replica is promoted; then it goes on',
  async (scene, master) => {
    master.pause()
    try {
      await replaced(scene, master)
    } finally {
      master.resume()
    }
    await allFollow(scene)
  },
)

export const sentinelFailover: Experiment = watched(
  'sentinel-failover',
  'SENTINEL FAILOVER, as before an upgrade: the old master takes writes for some seconds, and throws them away',
  async (scene, master) => {
    const { name, sentinels } = scene.watched!
    await until('a sentinel that begins', PROMOTED_WITHIN_MS, async () => {
      // It refuses while it has just seen another one.
      const answer = scene.admin((redis) => redis.call('SENTINEL', 'FAILOVER', name), sentinels[0])
      return (await answer.catch(() => '')) === 'OK'
    })
    await replaced(scene, master)
    await allFollow(scene)
  },
)

async function replaced(scene: Scene, old: RedisServer): Promise<void> {
  const { watched } = scene
  await until('another master', PROMOTED_WITHIN_MS, async () => (await watched!.master()) !== old)
  await promoted(scene, await watched!.master())
}

async function allFollow(scene: Scene): Promise<void> {
  const { servers } = scene.watched!
  const master = await scene.watched!.master()
  await Promise.all(servers.filter((server) => server !== master).map((server) => follows(scene, server)))
}
