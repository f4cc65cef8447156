// A master that sentinels name: what happens when it dies, when it is not there, and to those who were given its address alone.
import { createBroker } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisAdapterOptions } from '@mq/redis-adapter'
import { startRedis, startSentinel, startWatched } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { ownTime } from '../lab/own-time.ts'
import { createRecorder } from '../lab/recorder.ts'

function open(options: RedisAdapterOptions, recorder = createRecorder()): Broker {
  const broker = createBroker(redisAdapter(options), { ...recorder.options, operationTimeoutMs: 60_000 })
  onTestFinished(() => broker.close({ deadlineMs: 0 }))
  return broker
}

function adminOf({ url }: RedisServer): Redis {
  const client = new Redis(url)
  client.on('error', () => undefined) // the server goes away first
  onTestFinished(() => client.disconnect())
  return client
}

it('is followed to its replica when it dies: nothing runs twice, and what the replica had is there', async () => {
  await using watched = await startWatched({ name: 'shop', replicas: 1, sentinels: 1, downAfterMs: 1_000 })
  const [master, replica] = [watched.servers[0]!, watched.servers[1]!]
  const sentinel = watched.sentinels[0]!
  const admin = adminOf(replica)
  const options = { sentinel: { name: 'shop', urls: ['redis://127.0.0.1:1', sentinel.url] } }
  const [producer, consumer] = [open(options), open(options)]
  await producer.ready({ timeoutMs: 20_000 })
  const done = new Map<unknown, number>()
  consumer.queue('q').process((payload) => void done.set(payload, (done.get(payload) ?? 0) + 1))
  let isOver = false
  let accepted = 0
  const producing = (async () => {
    while (!isOver) await producer.queue('q').enqueue(accepted++)
  })()
  await eventually(() => done.size > 100, 'some work')
  await master.kill()
  const killedAt = ownTime()
  const before = done.size
  await eventually(() => done.size > before + 100, 'work at the new master')
  console.log(`a master of a sentinel died: work again after ${Math.round(ownTime() - killedAt)} ms`)
  isOver = true
  await producing
  await eventually(() => done.size >= accepted - 1, 'all work')
  expect(accepted - done.size).toBeLessThanOrEqual(1)
  expect([...done.values()].filter((times) => times > 1).length).toBeLessThanOrEqual(1)
  expect(await admin.exists('mq:{q}:meta')).toBe(1)
})

it('that they do not know, and sentinels that are away, are named', async () => {
  await using alone = await startRedis()
  await using sentinel = await startSentinel({ name: 'shop', masterPort: alone.port })
  const unknown = open({ sentinel: { name: 'shpo', urls: [sentinel.url] } })
  await expect(unknown.ready({ timeoutMs: 2_000 })).rejects.toThrow(/No such master/)
  const away = open({ sentinel: { name: 'shop', urls: ['redis://:s3cret@127.0.0.1:1'] } })
  const error = await away.ready({ timeoutMs: 2_000 }).catch((thrown: unknown) => thrown)
  expect(String(error)).toMatch(/sentinels are unreachable/)
  expect(String(error)).not.toContain('s3cret')
})

it('is named by a url that leads to a replica, which is used once it is a master', async () => {
  await using master = await startRedis()
  await using demoted = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] })
  const recorder = createRecorder()
  const broker = open({ url: demoted.url }, recorder)
  const named = `is a replica, its master is 127.0.0.1:${master.port}`
  await expect(broker.ready({ timeoutMs: 3_000 })).rejects.toThrow(named)
  expect(recorder.said(/not connected/, 'command')).toHaveLength(1)
  const admin = adminOf(demoted)
  const connections = async (): Promise<number> =>
    Number(/total_connections_received:(\d+)/.exec(await admin.info('stats'))![1])
  const before = await connections()
  const begin = ownTime()
  await eventually(() => ownTime() - begin > 3_000, 'three seconds')
  expect((await connections()) - before).toBeLessThan(6)
  await admin.replicaof('NO', 'ONE')
  await broker.ready({ timeoutMs: 20_000 })
  expect((await broker.queue('q').enqueue(1)).id).toBeDefined()
})
