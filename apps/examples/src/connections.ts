// Sentinel, cluster, TLS, and clients of one's own: `connect` makes them, and mq closes what it had made.
import { redisAdapter } from '@mq/redis-adapter'
import { Cluster, Redis } from 'ioredis'
import type { Adapter } from '@mq/core'

// #region strict
interface Place {
  readonly host: string
  readonly port: number
}

// mq repeats what may be repeated, and knows what may not: a client must not queue or send again by itself.
const strict = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  socketTimeout: 10_000,
}
// #endregion

// #region sentinel
export function onSentinel(sentinels: string[], master: string): Adapter {
  return redisAdapter({ sentinel: { name: master, urls: sentinels } })
}
// #endregion

// #region cluster
export function onCluster(nodes: string[]): Adapter {
  // The url of one node is enough: the others are found. Several are for the case that one is down at the start.
  return redisAdapter({ urls: nodes })
}

export function onOwnCluster(nodes: Place[]): Adapter {
  // For what a url cannot say. mq takes the nodes and the options of it, and makes connections of its own.
  return redisAdapter({ connect: () => new Cluster(nodes, { redisOptions: { connectionName: 'shop' } }) })
}
// #endregion

// #region tls
export function withTls(host: string, ca: string): Adapter {
  return redisAdapter({ url: `rediss://${host}:6380`, tls: { ca } })
}
// #endregion

// #region own
export function withOwnClients({ host, port }: Place): Adapter {
  return redisAdapter({ connect: (role) => new Redis({ ...strict, host, port, connectionName: `shop-${role}` }) })
}
// #endregion
