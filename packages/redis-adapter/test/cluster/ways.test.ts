// The ways to a cluster of three masters: each leads to all of its nodes.
import { defineChannel } from '@mq/core'
import type { RedisAdapterOptions, RedisClient } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { Cluster } from 'ioredis'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { slotOf } from '../../src/cluster/slot.ts'
import { ClusterLab } from '../lab/cluster-lab.ts'
import { eventually } from '../lab/eventually.ts'

const lab = await ClusterLab.start()
const { cluster } = lab
// The tests' own alone are left of the test before.
afterEach(async () => {
  await lab.closeBrokers()
  await eventually(async () => (await connections()) === 3, 'an end of all connections of the test')
})
afterAll(() => lab[Symbol.asyncDispose]())

const places = cluster.masters.map(({ port }) => ({ host: '127.0.0.1', port }))
const dead = 'redis://127.0.0.1:1'

function made(options: ConstructorParameters<typeof Cluster>[1] = {}): Cluster {
  return new Cluster([places[1]!], options)
}

/** Keys of other programs: without a hash tag, with an empty or an open one, and not of ASCII. */
const OF_OTHERS = ['jobs', '{}x', 'a}b', 'a{b', '{a}{b}', '{{a}}', '{é}', 'ключ']

it('counts slots as the nodes do', async () => {
  for (const key of [
    'mq:{a}:meta',
    'mq:{orders.eu_1-x}:seq',
    'mq:{:registry}:names',
    'other:{123456789}',
    ...OF_OTHERS,
  ]) {
    expect(slotOf(key)).toBe(Number(await lab.admin(cluster.masters[0]!).call('CLUSTER', 'KEYSLOT', key)))
  }
})

/** Of clients, at all nodes. */
async function connections(): Promise<number> {
  return lab.sum(async (admin) => (String(await admin.client('LIST')).match(/flags=[NP]+ /g) ?? []).length)
}

/** Queues and channels, plain and sharded, on every node. */
async function useAll(ways: RedisAdapterOptions): Promise<void> {
  const [worker, producer] = [await lab.broker({}, ways), await lab.broker({}, ways)]
  const heard: string[] = []
  const names = await Promise.all(Array.from({ length: 12 }, (_, i) => cluster.nameOn(i % 3, lab.freshName())))
  const channels = names.map((name, i) => defineChannel({ name: `c-${name}`, sharded: i % 2 === 0 }))
  for (const [i, name] of names.entries()) {
    worker.queue(name).process((payload) => payload)
    await worker.channel(channels[i]!).subscribe(({ channel }) => void heard.push(channel))
  }
  const tasks = await Promise.all(names.map((name) => producer.queue(name).enqueue(name)))
  expect(await Promise.all(tasks.map((task) => task.result({ timeoutMs: 20_000 })))).toEqual(names)
  await Promise.all(channels.map((channel) => producer.channel(channel).publish('hello')))
  await eventually(() => heard.length === 12, 'all messages')
  expect(heard.sort()).toEqual(channels.map(({ name }) => name).sort())
  expect(lab.recorder.errors).toEqual([])
}

describe('a cluster is used', () => {
  it('by the url of any of its nodes', () => useAll({ url: cluster.urls[2]! }))

  it('by several urls, of which the first are dead', () => useAll({ urls: [dead, dead, ...cluster.urls] }))

  it('by a lent Cluster with default options, which is left as it was', async () => {
    const client = made()
    try {
      await useAll({ client })
      await lab.closeBrokers()
      expect(client.status).toBe('ready')
      expect(await client.ping()).toBe('PONG')
    } finally {
      client.disconnect()
    }
  })

  it('by a Cluster that connect makes, which is ended at once', async () => {
    const connect = (): RedisClient =>
      made({ redisOptions: { connectionName: 'of-the-program' } }) as unknown as RedisClient
    await useAll({ connect })
    const list = String(await lab.admin(cluster.masters[0]!).client('LIST'))
    expect(list).toContain('name=of-the-program')
  })
})

it('a broker has two connections, one to each master, and one to each whose sharded topics it hears', async () => {
  const broker = await lab.broker()
  await eventually(async () => (await connections()) === 3 + 5, 'two, and three')
  const [here, alsoHere] = [await cluster.nameOn(0, 'here'), await cluster.nameOn(0, 'also')]
  for (const name of [here, alsoHere]) broker.queue(name).process(() => undefined)
  await broker.queue(here).enqueue(1)
  await eventually(async () => (await connections()) === 3 + 6, 'one more')
})

describe('what cannot be', () => {
  it('a server alone among urls is refused', async () => {
    await using alone = await startRedis()
    const broker = lab.open({}, { urls: [alone.url, alone.url] })
    await expect(broker.ready({ timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'server-unsupported',
      message: expect.stringContaining('use url') as string,
    })
  })

  it('a cluster that has no master for some slots is waited for, and its wait says so', async () => {
    await using server = await startRedis({ args: ['--cluster-enabled', 'yes'] })
    const broker = lab.open({ operationTimeoutMs: 300 }, { url: server.url })
    const admin = lab.admin(server)
    await expect(broker.ready({ timeoutMs: 500 })).rejects.toThrow(/knows no owner of any slot/)
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_000)
    await expect(broker.ready({ timeoutMs: 3_000 })).rejects.toThrow(/383 slots of the cluster have no master/)
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', 16_001, 16_383)
    await broker.ready({ timeoutMs: 20_000 })
    await eventually(
      async () =>
        broker
          .queue('whole')
          .enqueue(1)
          .then(
            () => true,
            () => false,
          ),
      'a cluster that is whole',
    )
  })
})

// Hints are sent in the slot of their queue, where the node knows who listens.
it('one task wakes one of eight idle workers, as on a server alone', async () => {
  const name = lab.freshName()
  for (let i = 0; i < 8; i++) (await lab.broker()).queue(name).process(() => 1)
  const queue = (await lab.broker()).queue(name)
  const calls = (): Promise<number> =>
    lab.sum(async (admin) => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0))
  const asleep = (): Promise<number> =>
    lab
      .admin(cluster.masters[0]!)
      .zcard(`mq:{${name}}:idle`)
      .catch(async () => {
        const owner = await cluster.ownerOf(name)
        return lab.admin(cluster.masters[owner]!).zcard(`mq:{${name}}:idle`)
      })
  await eventually(async () => (await asleep()) === 8, 'eight that sleep')
  const before = await calls()
  const tasks = 20
  for (let i = 0; i < tasks; i++) {
    const task = await queue.enqueue(i)
    await task.result({ timeoutMs: 20_000 })
    await eventually(async () => (await asleep()) === 8, 'eight that sleep')
  }
  console.log(`a task with eight idle workers: ${((await calls()) - before) / tasks} scripts`)
  expect(((await calls()) - before) / tasks).toBeLessThan(4.5)
})
