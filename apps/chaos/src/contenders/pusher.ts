import { Redis } from 'ioredis'
import type { ProducerClient } from './contender.ts'
import { QUEUE } from './contender.ts'

/** The list from which the workers of some runs take tasks. */
export const INBOX: string = `task:${QUEUE}:queue`

/** A producer that knows nothing of mq, and never pushes a task twice: what got no reply may be there. */
export function connectPusher(url: string): ProducerClient {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 5_000,
    retryStrategy: () => 50,
  })
  redis.on('error', () => undefined) // the call itself fails, and says so
  return {
    async enqueue(payload) {
      await redis.lpush(INBOX, JSON.stringify(payload))
      return undefined
    },
    provesFailure: () => false,
    async close() {
      redis.disconnect()
    },
  }
}
