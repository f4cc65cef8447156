import type { RedisServer } from '@mq/redis-server'
import { USUAL } from '../checker/expectations.ts'
import { LOG, QUEUE } from '../contenders/contender.ts'
import { lasting } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'
import { repeated } from './repeated.ts'
import { GROUPS, replicatedCrew } from './replicas.ts'

export interface Shard {
  readonly master: RedisServer
  readonly replica: RedisServer
}

interface More extends Pick<Experiment, 'clustered' | 'onlyFull'> {
  readonly forgetsMs?: number
  /** In place of the usual one. */
  readonly bound?: string
  readonly replicated?: boolean
  /** Between two strikes, besides the usual rest. */
  readonly calmMs?: number
}

/** Of a process, to three nodes: for commands and for hints; another takes the place of one that hangs. */
const CONNECTIONS = 7

/** A fault of a master in a cluster, where the queue is, and then where the channel is. */
export function onCluster(
  name: string,
  fault: string,
  strike: (scene: Scene, shard: Shard) => Promise<void>,
  { forgetsMs = 0, bound, replicated, calmMs = 0, ...more }: More = {},
): Experiment {
  const mayBeForgotten = forgetsMs > 0 ? `, or was confirmed in the ${forgetsMs} ms before` : ''
  return {
    name,
    fault: `${fault}, of the queue or of the channel, in a cluster of 3 + 3`,
    bound: bound ?? `what was claimed and not settled${mayBeForgotten}`,
    clustered: true,
    crew: replicatedCrew,
    expected: { groups: GROUPS, replicated, handleGrowth: USUAL.handleGrowth + CONNECTIONS },
    long: true,
    steady: true,
    peers: true,
    ...more,
    run: (scene) =>
      repeated(scene, async (round) => {
        if (round > 0) await lasting(calmMs)
        const shard = await shardOf(scene, round % 2 === 0 || scene.groups.length === 0 ? QUEUE : LOG)
        await scene.strike(name, '*', () => strike(scene, shard), forgetsMs)
      }),
  }
}

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
  const shard = shards.find(({ master }) => master === cluster!.at(port ?? 0))
  if (shard === undefined) throw new Error(`nobody has slot ${slot}`)
  return shard
}
