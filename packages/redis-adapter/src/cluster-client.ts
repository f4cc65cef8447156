import { MqError } from '@mq/core/adapter'
import type { RedisClient } from './client.ts'

interface ClusterLike {
  readonly isCluster?: unknown
  readonly options?: { readonly shardedSubscribers?: unknown } | undefined
}

/** A Cluster of ioredis, as opposed to a client of one server. */
export function isCluster(client: RedisClient): boolean {
  return (client as ClusterLike).isCluster === true
}

/** A Cluster without `shardedSubscribers` never answers a subscription to a shard channel. */
export function canShard(client: RedisClient): boolean {
  return !isCluster(client) || (client as ClusterLike).options?.shardedSubscribers === true
}

export function cannotShard(): MqError {
  const message = 'this Cluster has no connections for sharded channels: make it with shardedSubscribers: true'
  return new MqError('unsupported', message)
}

/**
 * Refuses a client of a single server when that server is one of several masters: most queues would be on others. A
 * server that has all the slots is accepted.
 */
export async function checkWhole(client: RedisClient): Promise<void> {
  if (isCluster(client)) return
  const size = /^cluster_size:(\d+)/m.exec(String(await client.call('cluster', ['info'])))?.[1]
  if (Number(size) > 1) {
    const message = `this is one node of a cluster of ${size}: give \`connect\` a Cluster of ioredis instead`
    throw new MqError('server-unsupported', message)
  }
}
