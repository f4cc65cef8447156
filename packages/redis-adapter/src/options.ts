import type { LendableClient, RedisClient, Role } from './client.ts'

export interface Durability {
  /**
   * How many replicas must have a task or a kept message before the producer's call is confirmed: 1–16. A planned
   * failover loses nothing when this is the number of all replicas of the master.
   */
  readonly replicas: number
  /** How long they may take, ms: 1–4,000. Default 1,000. After that the call fails as `unavailable`: unknown. */
  readonly timeoutMs?: number | undefined
}

export type RedisAdapterOptions = {
  /** The prefix of every key, of `A–Z a–z 0–9 . _ -`. Default `mq`. Brokers with different prefixes share nothing. */
  readonly prefix?: string | undefined
  /**
   * An `enqueue`, or a publish to a channel with history, is confirmed only when this number of replicas have it, too;
   * it fails as `unavailable` (unknown) if they do not have it in time. Needs a third connection. Default: replicas are
   * not awaited. Not in a cluster.
   */
  readonly durability?: Durability | undefined
} & (
  | {
      /**
       * `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, `unix:///path/of.sock[?db=1]` for a Unix
       * socket. User and password are percent-encoded.
       */
      readonly url: string
      readonly client?: undefined
      readonly connect?: undefined
    }
  | {
      /** Lent: used for commands, duplicated for subscribing, never closed. A `keyPrefix` is refused. */
      readonly client: LendableClient
      readonly url?: undefined
      readonly connect?: undefined
    }
  | {
      /**
       * Makes a client for each role, for TLS, Sentinel or Cluster options; called again to replace one that hangs. A
       * Cluster needs `shardedSubscribers: true` where channels are sharded.
       */
      readonly connect: (role: Role) => RedisClient
      readonly url?: undefined
      readonly client?: undefined
    }
)
