// The docs' way to connect to a cluster, on Redis and on Valkey.
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { findRedis, findValkey } from '@mq/redis-server'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onCluster } from '../src/connections.ts'
import { startCluster } from './start-cluster.ts'
import type { TestCluster } from './start-cluster.ts'

const valkey = await findValkey()
if (typeof valkey === 'string') it.skip(`on a cluster of Valkey: ${valkey}`)

describe.each([
  { make: 'Redis', binary: await findRedis() },
  ...(typeof valkey === 'string' ? [] : [{ make: 'Valkey', binary: valkey }]),
])('on a cluster of $make', ({ binary }) => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster(binary)
  }, 60_000)
  afterAll(() => cluster.stop())
  const places = (): { host: string; port: number }[] => [...cluster.places]

  it('runs tasks of queues on every node', async () => {
    await using broker = createBroker(onCluster(places()), { logger: silentLogger })
    const names = Array.from({ length: 12 }, (_, i) => `queue-${i}`)
    for (const name of names) broker.queue(name).process((payload) => payload)
    const results = names.map(async (name) => (await broker.queue(name).enqueue(name)).result({ timeoutMs: 20_000 }))
    expect(await Promise.all(results)).toEqual(names)
  })

  it('hears what publishers on every node say, and no gap', async () => {
    const open = (): ReturnType<typeof createBroker> => createBroker(onCluster(places()), { logger: silentLogger })
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

  it(
    'hears what came while the node of its subscription hung, or hears that it was lost',
    { timeout: 60_000 },
    async () => {
      let name = ''
      for (let i = 0; name === ''; i++) if ((await cluster.ownerOf(`channel-${i}`)) === 1) name = `channel-${i}`
      await using listener = createBroker(onCluster(places()), { logger: silentLogger })
      await using publisher = createBroker(onCluster(places().toReversed()), { logger: silentLogger })
      await Promise.all([listener.ready({ timeoutMs: 20_000 }), publisher.ready({ timeoutMs: 20_000 })])
      let [heard, lost] = [0, 0]
      const onGap = ({ size = 0 }: { readonly size?: number | undefined }): void => void (lost += size)
      await listener.channel(name).subscribe(() => void heard++, { onGap })
      await publisher.channel(name).publish('before')
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(1)
      cluster.nodes[0]!.pause()
      try {
        for (let i = 0; i < 10; i++) await publisher.channel(name).publish(i)
        await expect.poll(() => lost, { timeout: 30_000 }).toBe(10)
      } finally {
        cluster.nodes[0]!.resume()
      }
      await publisher.channel(name).publish('after')
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(2)
    },
  )

  it('refuses the url of one node, and says what to do', async () => {
    await using broker = createBroker(redisAdapter({ url: cluster.nodes[0]!.url }), { logger: silentLogger })
    const refused = { code: 'server-unsupported', message: expect.stringContaining('cluster of 3') as string }
    await expect(broker.ready({ timeoutMs: 20_000 })).rejects.toMatchObject(refused)
  })

  it('refuses sharded channels where a Cluster cannot hear them, and hears them where it can', async () => {
    const channel = defineChannel({ name: 'sharded', sharded: true })
    for (const [shardedSubscribers, end] of [
      [false, { code: 'unsupported' }],
      [true, undefined],
    ] as const) {
      const client = new Cluster(places(), { shardedSubscribers })
      const broker = createBroker(redisAdapter({ client }), { logger: silentLogger })
      await broker.ready({ timeoutMs: 20_000 })
      const subscribed = broker.channel(channel).subscribe(() => undefined)
      if (end === undefined) await subscribed
      else await expect(subscribed).rejects.toMatchObject(end)
      await broker.close()
      client.disconnect()
    }
  })
})
