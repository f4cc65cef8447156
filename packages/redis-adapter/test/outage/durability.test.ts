// With `durability`, a producer hears that its task is accepted when a replica has it, too.
import { createBroker, defineChannel, silentLogger, systemClock } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisClient } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'

const args = ['--repl-diskless-sync-delay', '0', '--repl-timeout', '60']
const master = await startRedis({ args })
const replica = await startRedis({ args: [...args, '--replicaof', '127.0.0.1', String(master.port)] })
const [onMaster, onReplica] = [new Redis(master.url), new Redis(replica.url)]
const brokers: Broker[] = []
await eventually(async () => String(await onReplica.info('replication')).includes('master_link_status:up'), 'a replica')

afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close({ deadlineMs: 100 })))
})
afterAll(async () => {
  onMaster.disconnect()
  onReplica.disconnect()
  await replica.stop()
  await master.stop()
})

type Options = Parameters<typeof redisAdapter>[0]

async function open(options: Options, operationTimeoutMs = 5_000): Promise<Broker> {
  const broker = createBroker(redisAdapter(options), { logger: silentLogger, operationTimeoutMs })
  brokers.push(broker)
  await broker.ready({ timeoutMs: 20_000 })
  return broker
}

const durability = { replicas: 1, timeoutMs: 400 }
const history = { maxCount: 100, maxAgeMs: 60_000, maxBytes: 100_000 }

describe.each<[string, () => Options]>([
  ['by url', () => ({ url: master.url, durability })],
  ['by a lent client', () => ({ client: onMaster, durability })],
  ['by connect', () => ({ connect: () => new Redis(master.url) as RedisClient, durability })],
])('%s', (way, options) => {
  it('what was accepted is on the replica at once', async () => {
    const broker = await open(options())
    const queue = broker.queue(`accepted-${way.replaceAll(' ', '-')}`)
    for (let round = 1; round <= 50; round++) {
      await Promise.all([queue.enqueue(round), queue.enqueue(round)])
      expect(await onReplica.hlen(`mq:{${queue.name}}:tasks`)).toBe(2 * round)
    }
  })
})

it('a partition is sealed, or deleted, when a replica knows it', { timeout: 20_000 }, async () => {
  const onError = (error: Error): void => {
    throw error
  }
  const storage = redisAdapter({ url: master.url, durability }).open({
    clock: systemClock,
    logger: silentLogger,
    onError,
  })
  const former = storage.queue('former')
  try {
    await storage.ready()
    replica.pause()
    await expect(former.apply({ kind: 'retire' })).rejects.toMatchObject({ code: 'unavailable' })
    replica.resume()
    expect(await former.apply({ kind: 'retire' })).toEqual({ changed: 0 })
    expect(await onReplica.hget('mq:{former}:meta', 'sealed')).toMatch(/^\d{13}$/)
  } finally {
    replica.resume()
    await storage.close()
  }
})

it(
  'what no replica has is unavailable, holds up no other call, and is known when it comes again',
  { timeout: 40_000 },
  async () => {
    // Long enough that others are served before these give up, on a machine with other work.
    const broker = await open({ url: master.url, durability }, 5_000)
    const queue = broker.queue('unconfirmed')
    const channel = broker.channel(defineChannel({ name: 'unconfirmed', history }))
    await Promise.all([queue.enqueue(0), channel.publish(0)])
    replica.pause()
    try {
      const order: string[] = []
      const calls = [
        ...Array.from({ length: 20 }, (_, i) => queue.enqueue(i, { id: `id-${i}` })),
        channel.publish(1),
      ].map((call) => call.catch((error: unknown) => error).finally(() => order.push('unconfirmed')))
      // Written, and not yet confirmed: others are served meanwhile.
      await eventually(async () => (await queue.stats()).waiting === 21, 'the tasks')
      order.push('stats')
      for (const end of await Promise.all(calls)) {
        expect(end).toMatchObject({ code: 'unavailable', message: expect.stringContaining('0 of 1') as string })
      }
      expect(order[0]).toBe('stats')
    } finally {
      replica.resume()
    }
    await eventually(async () => {
      const task = await queue.enqueue(0, { id: 'id-0' }).catch(() => undefined)
      return task !== undefined
    }, 'a replica that confirms')
    expect((await queue.stats()).waiting).toBe(21)
  },
)

it('works on while handlers settle, which is not waited for', async () => {
  const broker = await open({ url: master.url, durability })
  const queue = broker.queue('settled')
  const worker = queue.process((payload) => payload)
  const tasks = await Promise.all(Array.from({ length: 200 }, (_, i) => queue.enqueue(i)))
  expect(await Promise.all(tasks.map((task) => task.result({ timeoutMs: 10_000 })))).toHaveLength(200)
  await worker.close()
})

it('a confirmation of another server does not count', async () => {
  await using other = await startRedis()
  await using replicaOfOther = await startRedis({ args: [...args, '--replicaof', '127.0.0.1', String(other.port)] })
  const watch = new Redis(replicaOfOther.url)
  await eventually(async () => String(await watch.info('replication')).includes('master_link_status:up'), 'a replica')
  watch.disconnect()
  const connect = (role: string): RedisClient =>
    new Redis(role === 'replication' ? other.url : master.url) as RedisClient
  const broker = await open({ connect, durability }, 500)
  // Where the other replica is slow, that is the reason for once.
  await eventually(async () => {
    const refused: unknown = await broker
      .queue('elsewhere')
      .enqueue(1)
      .catch((thrown: unknown) => thrown)
    expect(refused).toMatchObject({ code: 'unavailable' })
    return (refused as Error).message.includes('not the one that was written to')
  }, 'an error that says so')
  await broker.close()
})

it('wrong options are refused', () => {
  const wrong = [0, 17, 1.5, '1', null, { replicas: 1, timeoutMs: 5_000 }, { replicas: 1, timeout: 1 }, [], {}]
  for (const value of wrong) {
    const given = typeof value === 'object' ? value : { replicas: value }
    expect(() => redisAdapter({ url: master.url, durability: given as never })).toThrow(/^durability/)
  }
})
