// Whose connections are used: two of ours, a lent one and its duplicate, or those that `connect` makes.
import { createBroker, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisClient, Role } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()

async function connections(): Promise<number> {
  return String(await lab.redis.client('LIST'))
    .trim()
    .split('\n').length
}

// Only this file's own is left of the test before.
beforeEach(async () => {
  await eventually(async () => (await connections()) === 1, 'an end of all connections of the test before')
})

/** Uses queues and channels, each with a worker, a waiting producer and a subscriber. */
async function useAll(broker: Broker, count: number): Promise<void> {
  const seen: unknown[] = []
  for (let i = 0; i < count; i++) {
    const name = lab.freshName()
    const queue = broker.queue(name)
    queue.process((payload) => payload)
    expect(await (await queue.enqueue(i)).result({ timeoutMs: 20_000 })).toBe(i)
    await broker.channel(name).subscribe(({ payload }) => void seen.push(payload))
    await broker.channel(name).publish(i)
  }
  await eventually(() => seen.length === count, 'all messages')
}

async function brokerOn(options: Parameters<typeof redisAdapter>[0]): Promise<Broker> {
  const broker = createBroker(redisAdapter(options), { logger: silentLogger })
  await broker.ready({ timeoutMs: 20_000 })
  return broker
}

/** A client of a program that lends it. */
async function lentClient(options: Record<string, unknown> = {}): Promise<Redis> {
  const client = new Redis(lab.server.url, options)
  lab.defer(async () => client.disconnect())
  await client.ping()
  return client
}

describe('connections', () => {
  it('are two for a broker, whatever the number of its queues and channels', async () => {
    const before = await connections()
    const broker = await brokerOn({ url: lab.server.url })
    expect(await connections()).toBe(before + 2)
    await useAll(broker, 25)
    expect(await connections()).toBe(before + 2)
    await broker.close()
    await eventually(async () => (await connections()) === before, 'an end of both')
  })

  it('are closed when the broker was never used, and when it is closed at once', async () => {
    const before = await connections()
    const brokers = Array.from({ length: 5 }, () => createBroker(redisAdapter({ url: lab.server.url })))
    await Promise.all(brokers.map((broker) => broker.close()))
    await eventually(async () => (await connections()) === before, 'an end of all')
  })
})

describe('a lent client', () => {
  it('is used for commands, duplicated for subscribing, and never closed', async () => {
    const client = await lentClient()
    const before = await connections()
    const listeners = listenersOf(client)
    const broker = await brokerOn({ client })
    await useAll(broker, 3)
    expect(await connections()).toBe(before + 1)
    await broker.close()
    await eventually(async () => (await connections()) === before, 'an end of the duplicate')
    expect(client.status).toBe('ready')
    expect(await client.ping()).toBe('PONG')
    expect(listenersOf(client)).toEqual(listeners)
  })

  it('serves two brokers at once, and the second goes on when the first is closed', async () => {
    const client = await lentClient()
    const [first, second] = [await brokerOn({ client }), await brokerOn({ client, prefix: 'other' })]
    await useAll(first, 1)
    await first.close()
    await useAll(second, 1)
    await second.close()
    expect(await client.ping()).toBe('PONG')
  })

  it('may have any options but a keyPrefix', async () => {
    const strange = [{ lazyConnect: true }, { db: 3 }, { enableAutoPipelining: true }, { enableOfflineQueue: true }]
    for (const options of strange) {
      const client = new Redis(lab.server.url, options)
      lab.defer(async () => client.disconnect())
      const broker = await brokerOn({ client })
      await useAll(broker, 2)
      await broker.close()
    }
    const prefixed = await lentClient({ keyPrefix: 'app:' })
    expect(() => redisAdapter({ client: prefixed })).toThrow(TypeError)
    expect(() => redisAdapter({ client: prefixed })).toThrow('keyPrefix')
    expect(await prefixed.ping()).toBe('PONG')
  })

  it('that its program closed is not waited for, nor taken', async () => {
    const client = await lentClient()
    const broker = await brokerOn({ client })
    const closed = new Promise((resolve) => client.once('end', resolve))
    await client.quit()
    await closed
    await expect(broker.queue('q').enqueue(1)).rejects.toMatchObject({ code: 'closed', message: /lent is closed/ })
    await broker.close()
    expect(() => redisAdapter({ client })).toThrow('client is closed')
  })

  it('keeps what it holds where its program put it', async () => {
    const client = await lentClient({ db: 5 })
    const broker = await brokerOn({ client })
    await broker.queue('in-five').enqueue(1)
    expect(await client.exists('mq:{in-five}:tasks')).toBe(1)
    expect(await lab.redis.exists('mq:{in-five}:tasks')).toBe(0)
    await broker.close()
  })

  function listenersOf(client: Redis): Record<string, number> {
    const events = ['ready', 'error', 'close', 'end', 'connect', 'reconnecting', 'message']
    return Object.fromEntries(events.map((event) => [event, client.listenerCount(event)]))
  }
})

describe('connect', () => {
  it('is asked for one client for each role, and both are closed', async () => {
    const before = await connections()
    const made: [Role, Redis][] = []
    const connect = (role: Role): RedisClient => {
      const client = new Redis(lab.server.url, { lazyConnect: role === 'subscriber' })
      made.push([role, client])
      return client as RedisClient
    }
    const broker = await brokerOn({ connect })
    await useAll(broker, 3)
    expect(made.map(([role]) => role).sort()).toEqual(['command', 'subscriber'])
    await broker.close()
    await eventually(async () => (await connections()) === before, 'an end of both')
    await eventually(() => made.every(([, client]) => client.status === 'end'), 'an end of both clients')
  })
})

describe('a prefix', () => {
  it('keeps brokers apart', async () => {
    const [one, other] = await Promise.all(['one', 'other'].map((prefix) => brokerOn({ url: lab.server.url, prefix })))
    const name = lab.freshName()
    await one!.queue(name).enqueue(1)
    expect(await other!.queue(name).stats()).toMatchObject({ waiting: 0 })
    expect(await lab.redis.exists(`one:{${name}}:tasks`)).toBe(1)
    await Promise.all([one!.close(), other!.close()])
  })

  it.each(['', 'a b', 'a{b}', 'a:b', 'ä', 'x'.repeat(65)])('%j is refused', (prefix) => {
    expect(() => redisAdapter({ prefix, url: 'redis://127.0.0.1' })).toThrow(TypeError)
  })
})
