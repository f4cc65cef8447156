import { randomUUID } from 'node:crypto'
import { MqError } from '@mq/core/adapter'
import type { Adapter, Capabilities, Environment, Storage } from '@mq/core/adapter'
import { checkOptions } from './check-options.ts'
import { checkWhole } from './cluster-client.ts'
import type { RedisClient, Role } from './client.ts'
import { Topics } from './topics.ts'
import { OUTCOMES, replicationTopic } from './keys.ts'
import { Link } from './link.ts'
import type { RedisAdapterOptions } from './options.ts'
import { Participant } from './participant.ts'
import { createRedisChannel } from './redis-channel.ts'
import { createRedisPattern } from './redis-pattern.ts'
import { RedisQueue } from './redis-queue.ts'
import { createRedisRegistry } from './redis-registry.ts'
import { checkReplicable, Replicas } from './replicas.ts'
import { reportServer } from './report/report-server.ts'
import { dbOf, selectDb } from './select-db.ts'
import { checkServer } from './server-check.ts'
import { sourceOf } from './source.ts'
import type { Source } from './source.ts'

const CAPABILITIES: Capabilities = { durable: true, crossProcess: true, groups: true, patterns: true, sharded: true }

/**
 * Queues and channels on Redis 7.0 or Valkey 7.2 and later, over two connections per broker. No I/O until it is opened.
 * Throws a TypeError that names the option at fault, also where none of `url`, `client` and `connect` is given, and
 * `invalid-options` for a url that cannot be read; neither quotes a value.
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
  let db: number | undefined
  const link = (role: Role, prepare: (client: RedisClient) => Promise<void>, onUp?: () => void): Link =>
    new Link({
      role,
      target: source.target,
      make: () => {
        const client = source.make(role)
        if (role === 'command') db ??= dbOf(client)
        return client
      },
      owned: source.owns(role),
      environment,
      prepare,
      onUp,
    })
  const command = link('command', async (client) => {
    const facts = checkServer(String(await client.call('info', [])))
    if (facts.clustered) await checkWhole(client)
    if (durability) checkReplicable(client, facts)
    if (dbOf(client) !== participant.db) throw changedDb(participant.db, dbOf(client))
    await selectDb(client, participant.db)
    participant.runId = facts.runId
  })
  const subscriber = link(
    'subscriber',
    (client) => topics.resubscribe(client),
    () => topics.announce(),
  )
  topics.use(subscriber)
  const name = randomUUID()
  const replication =
    durability &&
    link('replication', async (client) => {
      replicas?.connected(checkServer(String(await client.call('info', []))).runId)
    })
  const replicas = replication && new Replicas(replication, replicationTopic(prefix, name), durability)
  const participant = new Participant({ prefix, db: db ?? 0 }, name, command, topics, replicas)
  const links = [command, subscriber, ...(replication ? [replication] : [])]

  return {
    async ready(signal) {
      await Promise.all(links.map((each) => each.whenUp(signal)))
    },
    trouble: () => links.map((each) => each.trouble).find((trouble) => trouble !== undefined),
    queue: (name) => new RedisQueue(participant, name, environment.logger),
    channel: (name, options) => createRedisChannel(participant, name, environment.logger, options),
    outcomes: (queue) => createRedisChannel(participant, `${queue}${OUTCOMES}`, environment.logger),
    pattern: (pattern) => createRedisPattern(participant, pattern),
    registry: createRedisRegistry(participant),
    report: () => reportServer(command, durability?.replicas ?? 0),
    async close() {
      participant.leave()
      await Promise.all(links.map((each) => each.close()))
    },
  }
}

/** Listeners are subscribed to topics of the first database. */
function changedDb(first: number, now: number): MqError {
  return new MqError('server-unsupported', `the client uses database ${now}, the one before it used database ${first}`)
}
