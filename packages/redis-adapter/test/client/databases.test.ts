// A Redis keeps keys of several databases apart, but not what is published: topics are the server's.
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisClient } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

function clientOf(db: number): Redis {
  const client = new Redis(lab.server.url, { db })
  client.on('error', () => undefined)
  lab.defer(async () => client.disconnect())
  return client
}

const ways: Record<string, (db: number) => Parameters<typeof redisAdapter>[0]> = {
  'by url': (db) => ({ url: `${lab.server.url}/${db}` }),
  'by a lent client': (db) => ({ client: clientOf(db) }),
  'by connect': (db) => ({ connect: () => clientOf(db) as RedisClient }),
}

async function open(options: Parameters<typeof redisAdapter>[0]): Promise<Broker> {
  const broker = createBroker(redisAdapter(options), { logger: silentLogger })
  lab.defer(() => broker.close({ deadlineMs: 100 }))
  await broker.ready({ timeoutMs: 20_000 })
  return broker
}

describe.each(Object.entries(ways))('%s', (way, options) => {
  it(`${way}, brokers of one database share channels and hints, those of two share nothing`, async () => {
    const [listener, friend, stranger] = [await open(options(1)), await open(options(1)), await open(options(2))]
    const [name, heard] = [lab.freshName(), new Map<string, unknown[]>()]
    const hear =
      (what: string) =>
      ({ payload }: { readonly payload: unknown }): void =>
        void heard.set(what, [...(heard.get(what) ?? []), payload])
    await listener.channel(`${name}.a`).subscribe(hear('channel'))
    await listener.channel(defineChannel({ name: `${name}.b`, sharded: true })).subscribe(hear('sharded'))
    await listener.pattern(`${name}.*`).subscribe(hear('pattern'))
    for (const [broker, word] of [
      [stranger, 'of two'],
      [friend, 'of one'],
    ] as const) {
      await broker.channel(`${name}.a`).publish(word)
      await broker.channel(defineChannel({ name: `${name}.b`, sharded: true })).publish(word)
    }
    await eventually(() => heard.size === 3 && [...heard.values()].every(({ length }) => length > 0), 'the messages')
    expect(Object.fromEntries(heard)).toEqual({ channel: ['of one'], sharded: ['of one'], pattern: ['of one'] })

    const topics = (await lab.redis.pubsub('CHANNELS', 'mq:*')) as string[]
    expect(topics.filter((topic) => topic.includes(`{${name}`) && !topic.endsWith(':1'))).toEqual([])
    listener.queue(name).process(async (_, { signal }) => {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    })
    const task = await friend.queue(name).enqueue(1, { id: 'same' })
    await eventually(async () => (await friend.queue(name).stats()).running === 1, 'a start')
    await stranger.queue(name).enqueue(1, { id: 'same' })
    await stranger.queue(name).task('same').cancel()
    expect(await task.status()).toMatchObject({ state: 'running' })
    await task.cancel()
    expect(await task.outcome({ timeoutMs: 20_000 })).toMatchObject({ state: 'cancelled' })
  })

  it('a database that is not there is refused, and nothing gets into another', async () => {
    const broker = createBroker(redisAdapter(options(99)), { logger: silentLogger })
    lab.defer(() => broker.close({ deadlineMs: 100 }))
    const refused = { code: 'server-unsupported', message: expect.stringContaining('database 99') as string }
    await expect(broker.ready({ timeoutMs: 20_000 })).rejects.toMatchObject(refused)
    const name = lab.freshName()
    await expect(broker.queue(name).enqueue(1)).rejects.toMatchObject(refused)
    expect(await lab.redis.keys(`mq:{${name}}:*`)).toEqual([])
  })
})

it('database 0 has the topics of older versions', async () => {
  const [broker, name] = [await open({ url: lab.server.url }), lab.freshName()]
  await broker.channel(name).subscribe(() => undefined)
  expect(await lab.redis.pubsub('CHANNELS', `mq:{${name}}*`)).toEqual([`mq:{${name}}:messages`])
})

it('a client that comes later in another database is refused', async () => {
  let made = 0
  const clients: Redis[] = []
  const connect = (role: string): RedisClient => {
    const client = clientOf(role === 'command' && made++ > 0 ? 2 : 1)
    if (role === 'command') clients.push(client)
    return client as RedisClient
  }
  const broker = await open({ connect })
  clients[0]!.disconnect()
  await eventually(() => made > 1, 'another client')
  await eventually(
    () =>
      broker.ready({ timeoutMs: 100 }).then(
        () => false,
        (error: unknown) => String(error).includes('uses database 2'),
      ),
    'a refusal',
  )
})
