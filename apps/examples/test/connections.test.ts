import { setTimeout as pause } from 'node:timers/promises'
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Adapter } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis, startSentinel } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onCluster, onSentinel, withTls } from '../src/connections.ts'

it('runs a task on the master that a sentinel names', async () => {
  await using master = await startRedis()
  await using sentinel = await startSentinel({ name: 'shop', masterPort: master.port })
  expect(await greet(onSentinel([{ host: '127.0.0.1', port: sentinel.port }], 'shop'))).toBe('Hello Ada')
})

describe('on a cluster of three', () => {
  let nodes: RedisServer[]
  let admin: Redis
  beforeAll(async () => {
    const args = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']
    nodes = await Promise.all([0, 1, 2].map(() => startRedis({ args })))
    const admins = nodes.map(({ url }) => new Redis(url))
    admin = admins[1]!
    for (const [i, [from, to]] of [
      [0, 5_460],
      [5_461, 10_922],
      [10_923, 16_383],
    ].entries()) {
      await admins[i]!.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
      if (i > 0) await admins[0]!.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[i]!.port))
    }
    for (const each of admins) {
      while (
        !/cluster_state:ok[^]*cluster_known_nodes:3[^]*cluster_size:3/.test(String(await each.call('CLUSTER', 'INFO')))
      ) {
        await pause(50)
      }
      if (each !== admin) each.disconnect()
    }
  }, 60_000)
  afterAll(async () => {
    admin.disconnect()
    await Promise.all(nodes.map((node) => node.stop()))
  })
  const places = (): { host: string; port: number }[] => nodes.map(({ port }) => ({ host: '127.0.0.1', port }))

  it('runs tasks of queues on every node', async () => {
    await using broker = createBroker(onCluster(places()), { logger: silentLogger })
    const names = Array.from({ length: 12 }, (_, i) => `queue-${i}`)
    for (const name of names) broker.queue(name).process((payload) => payload)
    const results = names.map(async (name) => (await broker.queue(name).enqueue(name)).result({ timeoutMs: 20_000 }))
    expect(await Promise.all(results)).toEqual(names)
  })

  it(
    'hears what came while the node of its subscription hung, or hears that it was lost',
    { timeout: 60_000 },
    async () => {
      const onSecond = async (name: string): Promise<boolean> => {
        const slot = Number(await admin.call('CLUSTER', 'KEYSLOT', `{${name}}`))
        return slot > 5_460 && slot <= 10_922
      }
      let name = ''
      for (let i = 0; !(name !== '' && (await onSecond(name))); i++) name = `channel-${i}`
      await using listener = createBroker(onCluster(places()), { logger: silentLogger })
      await using publisher = createBroker(onCluster(places().toReversed()), { logger: silentLogger })
      await Promise.all([listener.ready({ timeoutMs: 20_000 }), publisher.ready({ timeoutMs: 20_000 })])
      let [heard, lost] = [0, 0]
      const onGap = ({ size = 0 }: { readonly size?: number | undefined }): void => void (lost += size)
      await listener.channel(name).subscribe(() => void heard++, { onGap })
      await publisher.channel(name).publish('before')
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(1)
      nodes[0]!.pause()
      try {
        for (let i = 0; i < 10; i++) await publisher.channel(name).publish(i)
        await expect.poll(() => lost, { timeout: 30_000 }).toBe(10)
      } finally {
        nodes[0]!.resume()
      }
      await publisher.channel(name).publish('after')
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(2)
    },
  )

  it('refuses the url of one node, and says what to do', async () => {
    await using broker = createBroker(redisAdapter({ url: nodes[0]!.url }), { logger: silentLogger })
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

it('makes an adapter for TLS without connecting', () => {
  expect(withTls('redis.example.org', 'PEM').name).toBe('redis')
})

async function greet(adapter: Adapter): Promise<unknown> {
  await using broker = createBroker(adapter, { logger: silentLogger })
  const queue = broker.queue('greetings')
  queue.process((name) => `Hello ${String(name)}`)
  const task = await queue.enqueue('Ada')
  return await task.result({ timeoutMs: 10_000 })
}
