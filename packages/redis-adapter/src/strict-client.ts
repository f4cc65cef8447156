import type { RedisOptions } from 'ioredis'
import type { RedisClient } from './client.ts'
import { FlatRedis } from './flat-redis.ts'

/**
 * A client that neither queues commands nor sends them again: this would interfere with the callers, which repeat calls
 * safely. `endsAtOnce`: asked whenever a connection has ended, whether it shall not be tried again.
 */
export function strictClient(address: RedisOptions, endsAtOnce: () => boolean = () => false): RedisClient {
  return new FlatRedis({
    // How long ioredis keeps the process alive for a connection that has already ended.
    disconnectTimeout: 200,
    connectTimeout: 5_000,
    socketTimeout: 10_000,
    ...address,
    replyMapping: 'legacy',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    // The commands of the client info would hide the error of a server that refuses the connection because it has too
    // many clients.
    disableClientInfo: true,
    retryStrategy: (tries) => (endsAtOnce() ? null : Math.min(50 * 2 ** tries, 1_000) * (0.5 + Math.random() / 2)),
  }) as RedisClient
}
