// Sentinel, cluster, TLS: `connect` makes the clients, and mq closes what it had made.
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
export function onSentinel(sentinels: Place[], master: string): Adapter {
  // Without the detector a planned failover leaves connections at the old master for some ten seconds.
  return redisAdapter({ connect: () => new Redis({ ...strict, sentinels, name: master, failoverDetector: true }) })
}
// #endregion

// #region cluster
export function onCluster(nodes: Place[]): Adapter {
  let next = 0
  return redisAdapter({
    connect: (role) => {
      // A client of one node: its pings take the path of the messages, so that a node that hangs is noticed. After a
      // failure the next node is tried.
      if (role === 'subscriber') return new Redis({ ...strict, ...nodes[next++ % nodes.length]!, retryStrategy: null })
      return new Cluster(nodes, {
        enableOfflineQueue: false,
        // A publish that the client holds back may be overtaken by the next one.
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        retryDelayOnTryAgain: 0,
        maxRedirections: 3,
        redisOptions: { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
      })
    },
  })
}
// #endregion

// #region tls
export function withTls(host: string, ca: string): Adapter {
  return redisAdapter({
    connect: (role) => new Redis({ ...strict, host, port: 6380, tls: { ca }, connectionName: `shop-${role}` }),
  })
}
// #endregion
