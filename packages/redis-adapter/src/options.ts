import type { LendableClient, RedisClient, Role } from './client.ts'

type Pem = string | Uint8Array

/** As Node's `tls.connect` takes them, spelled out for projects without the types of Node. */
export interface TlsOptions {
  /** In place of the certificate authorities that Node trusts. */
  readonly ca?: Pem | readonly Pem[] | undefined
  readonly cert?: Pem | readonly Pem[] | undefined
  readonly key?: Pem | readonly Pem[] | undefined
  readonly passphrase?: string | undefined
  readonly servername?: string | undefined
  readonly rejectUnauthorized?: boolean | undefined
  readonly checkServerIdentity?: ((hostname: string, certificate: never) => Error | undefined) | undefined
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
}

export interface SentinelOptions {
  /** Under which the sentinels know the master. */
  readonly name: string
  /** Of sentinels: `redis://[user:password@]host[:26379]`, or `rediss://…` where they and the servers use TLS. */
  readonly urls: readonly string[]
  /** At the master and its replicas, as are `password` and `db`. */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** Default 0. */
  readonly db?: number | undefined
}

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
       * socket. User and password are percent-encoded. A node of a cluster leads to all of them.
       */
      readonly url: string
      readonly sentinel?: undefined
      /** For `rediss://`: the certificate authority, a certificate of the client, the name of the server. */
      readonly tls?: TlsOptions | undefined
      readonly urls?: undefined
      readonly client?: undefined
      readonly connect?: undefined
    }
  | {
      /** The master that sentinels name. A failover is followed. */
      readonly sentinel: SentinelOptions
      readonly tls?: TlsOptions | undefined
      readonly url?: undefined
      readonly urls?: undefined
      readonly client?: undefined
      readonly connect?: undefined
    }
  | {
      /** Of nodes of one cluster, so that some may be down at the start. */
      readonly urls: readonly string[]
      readonly sentinel?: undefined
      readonly tls?: TlsOptions | undefined
      readonly url?: undefined
      readonly client?: undefined
      readonly connect?: undefined
    }
  | {
      /**
       * Lent: used for commands, duplicated for subscribing, never closed. A `keyPrefix` is refused. Of a Cluster the
       * nodes and the options for them are used: the connections are mq's own.
       */
      readonly client: LendableClient
      readonly sentinel?: undefined
      readonly url?: undefined
      readonly urls?: undefined
      readonly tls?: undefined
      readonly connect?: undefined
    }
  | {
      /**
       * Makes a client for each role, with options of your own; called again to replace one that hangs. Of a Cluster
       * the nodes and the options for them are used.
       */
      readonly connect: (role: Role) => RedisClient
      readonly sentinel?: undefined
      readonly url?: undefined
      readonly urls?: undefined
      readonly tls?: undefined
      readonly client?: undefined
    }
)
