// Sentinel, cluster, TLS: `connect` makes the clients, and mq closes what it had made.
import { redisAdapter } from '@mq/redis-adapter'
import { Cluster, Redis } from 'ioredis'
import type { ClusterNode } from 'ioredis'
import type { Adapter } from '@mq/core'

export function onSentinel(sentinels: { host: string; port: number }[], master: string): Adapter {
  return redisAdapter({ connect: () => new Redis({ sentinels, name: master }) })
}

export function onCluster(nodes: ClusterNode[]): Adapter {
  return redisAdapter({ connect: () => new Cluster(nodes) })
}

export function withTls(host: string, ca: string): Adapter {
  return redisAdapter({
    connect: (role) => new Redis({ host, port: 6380, tls: { ca }, connectionName: `shop-${role}` }),
  })
}
