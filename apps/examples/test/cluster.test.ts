// The docs' way to connect to a cluster, on Redis and on Valkey.
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { findRedis, findValkey, startCluster } from '@mq/redis-server'
import type { RedisCluster } from '@mq/redis-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onCluster, onOwnCluster } from '../src/connections.ts'

const valkey = await findValkey()
if (typeof valkey === 'string') it.skip(`on a cluster of Valkey: ${valkey}`)

describe.each([
  { make: 'Redis', binary: await findRedis() },
  ...(typeof valkey === 'string' ? [] : [{ make: 'Valkey', binary: valkey }]),
])('on a cluster of $make', ({ binary }) => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster({ binary })
  }, 60_000)
  afterAll(() => cluster.stop())
  const urls = (): string[] => [...cluster.urls]

  it('runs tasks of queues on every node', async () => {
    await using broker = createBroker(onCluster(urls()), { logger: silentLogger })
    const names = Array.from({ length: 12 }, (_, i) => `queue-${i}`)
    for (const name of names) broker.queue(name).process((payload) => payload)
    const results = names.map(async (name) => (await broker.queue(name).enqueue(name)).result({ timeoutMs: 20_000 }))
    expect(await Promise.all(results)).toEqual(names)
  })

  it('hears what publishers on every node say, and no gap', async () => {
    const open = (): ReturnType<typeof createBroker> => createBroker(onCluster(urls()), { logger: silentLogger })
    const brokers = Array.from({ length: 5 }, open)
    const [listener, ...publishers] = brokers
    let [heard, gaps] = [0, 0]
    const epochs = new Set<string>()
    const hear = ({ epoch }: { readonly epoch: string }): void => void [heard++, epochs.add(epoch)]
    await listener!.channel('many').subscribe(hear, { onGap: () => void gaps++ })
    for (let i = 0; i < 200; i++) await publishers[i % publishers.length]!.channel('many').publish(i)
    await expect.poll(() => heard, { timeout: 20_000 }).toBe(200)
    expect({ gaps, epochs: epochs.size }).toEqual({ gaps: 0, epochs: 1 })
    await Promise.all(brokers.map((broker) => broker.close()))
  })

  it('is found by the url of any of its nodes', async () => {
    await using broker = createBroker(redisAdapter({ url: urls()[2]! }), { logger: silentLogger })
    const names = await Promise.all([0, 1, 2].map((master) => cluster.nameOn(master, 'found')))
    for (const name of names) broker.queue(name).process((payload) => payload)
    const results = names.map(async (name) => (await broker.queue(name).enqueue(name)).result({ timeoutMs: 20_000 }))
    expect(await Promise.all(results)).toEqual(names)
  })

  it('hears sharded channels of every node, whatever the options of the Cluster', async () => {
    const places = cluster.masters.map(({ port }) => ({ host: '127.0.0.1', port }))
    await using broker = createBroker(onOwnCluster(places), { logger: silentLogger })
    const names = await Promise.all([0, 1, 2].map((master) => cluster.nameOn(master, 'sharded')))
    const heard: string[] = []
    for (const name of names) {
      const channel = broker.channel(defineChannel({ name, sharded: true }))
      await channel.subscribe(() => void heard.push(name))
      await channel.publish(1)
    }
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(3)
    expect(heard.sort()).toEqual(names.sort())
  })
})
