import { randomUUID } from 'node:crypto'
import type { Adapter, Capabilities, Environment, Storage } from '@mq/core/adapter'
import { checkOptions } from './check-options.ts'
import { Connections } from './connections.ts'
import { checkInbox } from './inbox-key.ts'
import { markKey, OUTCOMES, queueOfPartition, replicationTopic } from './keys.ts'
import type { RedisAdapterOptions } from './options.ts'
import { Participant } from './participant.ts'
import { createRedisChannelWidths } from './redis-channel-widths.ts'
import { createRedisChannel } from './redis-channel.ts'
import { createRedisPattern } from './redis-pattern.ts'
import { createRedisPlain } from './redis-plain.ts'
import { RedisQueue } from './redis-queue.ts'
import { createRedisWidths } from './redis-widths.ts'
import { createRedisRegistry } from './redis-registry.ts'
import { reportServer } from './report/report-server.ts'
import { sourceOf } from './sources/source-of.ts'
import type { Source } from './sources/source.ts'
import { Topics } from './topics.ts'

const CAPABILITIES: Capabilities = {
  durable: true,
  crossProcess: true,
  groups: true,
  patterns: true,
  sharded: true,
  plain: true,
}

/**
 * Queues and channels on Redis 7.0 or Valkey 7.2 and later, over two connections per broker, in a cluster over more. No
 * I/O until it is opened. Throws a TypeError that names the option at fault, also where no way to a server is given,
 * and `invalid-options` for a url that cannot be read; neither quotes a value.
 */
export function redisAdapter(given: RedisAdapterOptions): Adapter {
  const options = checkOptions(given)
  const source = sourceOf(options)
  return {
    name: 'redis',
    capabilities: CAPABILITIES,
    open: (environment) => openStorage(options, source, environment),
  }
}

function openStorage(
  { prefix = 'mq', durability }: RedisAdapterOptions,
  source: Source,
  environment: Environment,
): Storage {
  const topics = new Topics(environment)
  const name = randomUUID()
  const connections = new Connections({
    source,
    environment,
    topics,
    durability,
    markAlone: ['publish', replicationTopic(prefix, name), ''],
    markAt: (tag) => ['set', markKey(prefix, tag), '', 'PX', '1000'],
  })
  const { command, router, db } = connections
  const participant = new Participant({ prefix, db }, name, { command, router, topics, server: connections })
  return {
    ready: (signal) => connections.ready(signal),
    trouble: () => connections.trouble,
    queue(name, { inbox, partition } = {}) {
      if (partition !== undefined) name = queueOfPartition(name, partition)
      if (inbox !== undefined) checkInbox(inbox, name, prefix, participant.clustered)
      return new RedisQueue(participant, name, environment.logger, inbox)
    },
    channel(name, options) {
      const partition = options?.partition
      const own = partition === undefined ? name : queueOfPartition(name, partition)
      return createRedisChannel(participant, own, environment.logger, options)
    },
    outcomes: (queue) => createRedisChannel(participant, `${queue}${OUTCOMES}`, environment.logger),
    pattern: (pattern) => createRedisPattern(participant, pattern),
    plain: createRedisPlain(participant),
    registry: createRedisRegistry(participant),
    widths: createRedisWidths(participant),
    channelWidths: createRedisChannelWidths(participant),
    report: () => reportServer(command, durability?.replicas ?? 0),
    async close() {
      participant.leave()
      await connections.close()
    },
  }
}
