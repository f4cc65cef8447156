// Two nodes, half of the slots each: sharded channels come on a connection for each node.
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisClient } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'

const servers = [
  await startRedis({ args: ['--cluster-enabled', 'yes'] }),
  await startRedis({ args: ['--cluster-enabled', 'yes'] }),
]
const nodes = servers.map(({ url }) => new Redis(url))
const errors: Error[] = []
const brokers: Broker[] = []

beforeAll(async () => {
  await nodes[0]!.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191')
  await nodes[1]!.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383')
  await nodes[0]!.call('CLUSTER', 'MEET', '127.0.0.1', String(servers[1]!.port))
  await eventually(async () => {
    const infos = await Promise.all(nodes.map((node) => node.call('CLUSTER', 'INFO')))
    return infos.every((info) => /cluster_state:ok[^]*cluster_known_nodes:2/.test(String(info)))
  }, 'a cluster of two')
})

afterAll(async () => {
  await Promise.all(brokers.map((broker) => broker.close({ deadlineMs: 100 })))
  for (const node of nodes) node.disconnect()
  await Promise.all(servers.map((server) => server.stop()))
})

async function open(): Promise<Broker> {
  const connect = (): RedisClient =>
    new Cluster(
      servers.map(({ port }) => ({ host: '127.0.0.1', port })),
      { shardedSubscribers: true, enableOfflineQueue: false },
    ) as unknown as RedisClient
  const onError = (error: Error): void => void errors.push(error)
  const broker = createBroker(redisAdapter({ connect }), { logger: silentLogger, onError })
  brokers.push(broker)
  await broker.ready({ timeoutMs: 20_000 })
  return broker
}

describe('in a cluster of two nodes', () => {
  it('sharded channels of both reach their subscribers, and are quiet without a gap', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `sharded-${i}`)
    const slots = await Promise.all(names.map((name) => nodes[0]!.call('CLUSTER', 'KEYSLOT', `{${name}}`)))
    expect(new Set(slots.map((slot) => Number(slot) < 8_192)).size).toBe(2)
    const channels = names.map((name) => defineChannel({ name, sharded: true }))
    const heard = new Map<string, unknown[]>(names.map((name) => [name, []]))
    const gaps: unknown[] = []
    const broker = await open()
    for (const channel of channels) {
      const hear = ({ channel: name, payload }: { channel: string; payload: unknown }): void =>
        void heard.get(name)!.push(payload)
      await broker.channel(channel).subscribe(hear, { onGap: (gap) => void gaps.push(gap) })
    }
    const publisher = await open()
    for (let i = 0; i < 20; i++) {
      await Promise.all(channels.map((channel) => publisher.channel(channel).publish(i)))
    }
    await eventually(() => [...heard.values()].every(({ length }) => length === 20), 'all messages')
    // Nothing of it went over the bus to the other node.
    const counts = await Promise.all(nodes.map((node) => node.pubsub('SHARDCHANNELS', '*')))
    expect(counts.every((topics) => (topics as unknown[]).length > 0)).toBe(true)
    await Promise.all(channels.map((channel) => publisher.channel(channel).publish('end')))
    await eventually(() => [...heard.values()].every((payloads) => payloads.at(-1) === 'end'), 'the last ones')
    expect(gaps).toEqual([])
    expect(errors).toEqual([])
  })

  it('a pattern hears the channels of both', async () => {
    const heard: string[] = []
    const broker = await open()
    await broker
      .pattern('orders.*')
      .subscribe(({ channel, payload }) => void heard.push(`${channel} ${String(payload)}`))
    const publisher = await open()
    const names = Array.from({ length: 8 }, (_, i) => `orders.${i}`)
    await Promise.all(names.map((name) => publisher.channel(name).publish(1)))
    await eventually(() => heard.length === 8, 'all messages')
    expect(heard.sort()).toEqual(names.map((name) => `${name} 1`))
    expect(errors).toEqual([])
  })
})
