import { Redis } from 'ioredis'
import type { Adapter, Capabilities, Environment, Storage } from '@mq/core'
import { checkOptions } from './check-options.ts'
import type { LendableClient, RedisClient, Role } from './client.ts'
import { Hints } from './hints.ts'
import { Link } from './link.ts'
import { Participant } from './participant.ts'
import { redactUrl } from './redact.ts'
import { createRedisChannel } from './redis-channel.ts'
import { createRedisPattern } from './redis-pattern.ts'
import { createRedisQueue } from './redis-queue.ts'
import { checkServer } from './server-check.ts'

export type RedisAdapterOptions = {
  /** In front of every key, `A–Z a–z 0–9 . _ -`. Default `mq`. Brokers with different prefixes share nothing. */
  readonly prefix?: string | undefined
} & (
  | {
      /** `redis://[user:password@]host:port[/db]`, `rediss://` for TLS. */
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
       * Makes a client for each role, for TLS, Sentinel or Cluster options; called again to replace one that hangs. A Cluster
       * needs `shardedSubscribers: true` where channels are sharded.
       */
      readonly connect: (role: Role) => RedisClient
      readonly url?: undefined
      readonly client?: undefined
    }
)

const CAPABILITIES: Capabilities = { durable: true, crossProcess: true, groups: true, patterns: true, sharded: true }

/**
 * Queues and channels on Redis 7.0 or Valkey 7.2 and later, over two connections per broker. No I/O until it is opened. Throws a
 * TypeError that names the option at fault, also where none of `url`, `client` and `connect` is given; it never quotes a value.
 */
export function redisAdapter(options: RedisAdapterOptions): Adapter {
  checkOptions(options)
  const { prefix = 'mq' } = options
  return {
    name: 'redis',
    capabilities: CAPABILITIES,
    open: (environment) => openStorage(prefix, sourceOf(options), environment),
  }
}

interface Source {
  readonly target: string
  readonly make: (role: Role) => RedisClient
  readonly owns: (role: Role) => boolean
}

function sourceOf({ url = '', client, connect }: RedisAdapterOptions): Source {
  if (client) {
    const make = (role: Role): RedisClient => (role === 'command' ? client : client.duplicate())
    return { target: 'a lent client', make, owns: (role) => role === 'subscriber' }
  }
  if (connect) return { target: 'a client of yours', make: connect, owns: () => true }
  // Nothing is queued or sent again by ioredis itself: both would act behind the back of those who repeat calls safely.
  const make = (): RedisClient =>
    new Redis(url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 5_000,
      socketTimeout: 10_000,
      // How long ioredis keeps the process alive for a connection that is already gone.
      disconnectTimeout: 200,
      retryStrategy: (tries) => Math.min(50 * 2 ** tries, 1_000) * (0.5 + Math.random() / 2),
    }) as RedisClient
  return { target: redactUrl(url), make, owns: () => true }
}

function openStorage(prefix: string, source: Source, environment: Environment): Storage {
  const hints = new Hints(environment)
  const link = (role: Role, prepare: (client: RedisClient) => Promise<void>, onUp?: () => void): Link =>
    new Link({
      role,
      target: source.target,
      make: () => source.make(role),
      owned: source.owns(role),
      environment,
      prepare,
      onUp,
    })
  const command = link('command', async (client) => {
    const { runId } = checkServer(String(await client.call('info', [])))
    participant.runId = runId
  })
  const subscriber = link(
    'subscriber',
    (client) => hints.resubscribe(client),
    () => hints.announce(),
  )
  hints.use(subscriber)
  const participant = new Participant(prefix, command, hints)

  return {
    async ready(signal) {
      await Promise.all([command.whenUp(signal), subscriber.whenUp(signal)])
    },
    queue: (name) => createRedisQueue(participant, name),
    channel: (name, options) => createRedisChannel(participant, name, environment.logger, options),
    pattern: (pattern) => createRedisPattern(participant, pattern),
    async close() {
      participant.leave()
      await Promise.all([command.close(), subscriber.close()])
    },
  }
}
