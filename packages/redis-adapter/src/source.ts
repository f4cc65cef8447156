import { Redis } from 'ioredis'
import type { RedisClient, Role } from './client.ts'
import { parseUrl } from './parse-url.ts'
import type { RedisAdapterOptions } from './options.ts'

/** Where clients come from. */
export interface Source {
  /** For logs: where they lead. */
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
  // Nothing is queued or sent again by ioredis itself: both would act behind the back of those who repeat calls safely.
  const make = (): RedisClient =>
    new Redis({
      ...address,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      // Its commands would swallow what a server says that refuses the connection: that it has too many clients.
      disableClientInfo: true,
      connectTimeout: 5_000,
      socketTimeout: 10_000,
      // How long ioredis keeps the process alive for a connection that is already gone.
      disconnectTimeout: 200,
      retryStrategy: (tries) => Math.min(50 * 2 ** tries, 1_000) * (0.5 + Math.random() / 2),
    }) as RedisClient
  return { target, make, owns: () => true }
}
