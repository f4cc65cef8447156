import { MqError } from '@mq/core/adapter'
import type { RedisClient } from './client.ts'

interface ClusterLike {
  readonly isCluster?: unknown
}

/** A Cluster of ioredis, as opposed to a client of one server. */
export function isCluster(client: RedisClient): boolean {
  return (client as ClusterLike).isCluster === true
}

/**
 * Refuses a client of a single server when that server is one of several masters: most queues would be on others. A
 * server that has all the slots is accepted.
 */
export async function checkWhole(client: RedisClient): Promise<void> {
  const size = /^cluster_size:(\d+)/m.exec(String(await client.call('cluster', ['info'])))?.[1]
  if (Number(size) > 1) {
    const message = `this is one node of a cluster of ${size}: pass its url, or a Cluster of ioredis, instead`
    throw new MqError('server-unsupported', message)
  }
}
