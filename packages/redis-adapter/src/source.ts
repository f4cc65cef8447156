import { FlatRedis } from './flat-redis.ts'
import type { RedisClient, Role } from './client.ts'
import { parseUrl } from './parse-url.ts'
import type { RedisAdapterOptions } from './options.ts'

/** The source of clients. */
export interface Source {
  /** For logs: their address. */
  readonly target: string
  readonly make: (role: Role) => RedisClient
  /** False for a lent client. */
  readonly owns: (role: Role) => boolean
}

/** Throws `invalid-options` for a url that cannot be read. No I/O. */
export function sourceOf({ url = '', client, connect }: RedisAdapterOptions): Source {
  if (client) {
    const make = (role: Role): RedisClient => (role === 'command' ? client : client.duplicate())
    return { target: 'a lent client', make, owns: (role) => role !== 'command' }
  }
  if (connect) return { target: 'a client of yours', make: connect, owns: () => true }
  const { address, target } = parseUrl(url)
  // ioredis itself must not queue or resend commands: this would interfere with the callers, which repeat calls safely.
  const make = (): RedisClient =>
    new FlatRedis({
      ...address,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      // The commands of the client info would hide the error of a server that refuses the connection because it has too
      // many clients.
      disableClientInfo: true,
      connectTimeout: 5_000,
      socketTimeout: 10_000,
      // How long ioredis keeps the process alive for a connection that has already ended.
      disconnectTimeout: 200,
      retryStrategy: (tries) => Math.min(50 * 2 ** tries, 1_000) * (0.5 + Math.random() / 2),
    }) as RedisClient
  return { target, make, owns: () => true }
}
