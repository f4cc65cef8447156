import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { testConsole } from '../test-console.ts'
import type { TestConsole } from '../test-console.ts'

const log = defineChannel({ name: 'log', history: { maxCount: 100 } })
const VIEWER = { authorization: 'Bearer viewer-viewer-viewer' }
const OPERATOR = { authorization: 'Bearer operator-operator' }
const auth = {
  tokens: [
    { token: 'viewer-viewer-viewer', role: 'viewer' },
    { token: 'operator-operator', role: 'operator' },
  ],
} as const

async function open(): Promise<TestConsole & { redis: Redis; broker: Broker }> {
  const server = await startRedis()
  const redis = new Redis(server.url)
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
  })
  const broker = createBroker(redisAdapter({ url: server.url }), { logger: silentLogger })
  for (const name of ['bills', 'mails', 'orders']) await broker.queue(name).enqueue(1)
  return { ...(await testConsole({ broker, auth, channels: [log] })), redis, broker }
}

it('shows the queues that can be read, and of each other one that it cannot be, and why', async () => {
  const { get, redis } = await open()
  await redis.set('mq:{bills}:meta', 'a text of another program')
  await redis.hset('mq:{orders}:meta', 'layout', '99')

  const overview = (await get('/overview', VIEWER)).body
  expect(overview).toMatchObject({
    storage: { state: 'up' },
    flow: { state: 'stuck', because: 'unreadable', queue: 'bills' },
    waiting: 1,
    queues: [{ name: 'mails' }],
    unreadable: [
      { what: 'queue', name: 'bills', code: 'storage-refused' },
      { what: 'queue', name: 'orders', code: 'layout-mismatch' },
    ],
  })
  for (const [headers, detail] of [
    [VIEWER, undefined],
    [OPERATOR, expect.stringContaining('WRONGTYPE')],
  ] as const) {
    const list = await get('/queues', headers)
    expect(list).toMatchObject({ status: 200, body: { queues: [{ name: 'mails' }] } })
    expect(list.body.unreadable.map(({ name, code }: { name: string; code: string }) => [name, code])).toEqual([
      ['bills', 'storage-refused'],
      ['orders', 'layout-mismatch'],
    ])
    expect(list.body.unreadable[0].detail).toEqual(detail)
    const whole = detail ?? 'the storage refuses this'
    for (const path of ['', '/tasks?state=waiting', '/tasks/search?text=a', '/history', '/tasks/t'])
      expect(await get(`/queues/bills${path}`, headers)).toMatchObject({
        status: 503,
        body: { code: 'storage-refused', detail: whole },
      })
  }
  expect((await get('/queues/mails', VIEWER)).status).toBe(200)
})

it('does so for channels and groups', async () => {
  const { broker, get, redis } = await open()
  for (const group of ['audit', 'billing']) await (await broker.channel(log).consume(group, () => undefined)).close()
  await broker.channel('news').publish(1)
  await redis.set('mq:{log}:group.audit:meta', 'a text of another program')
  const groups = await get('/channels/log/groups', VIEWER)
  expect(groups.body).toMatchObject({
    groups: [{ name: 'billing', unread: 0 }],
    unreadable: [{ name: 'audit', code: 'storage-refused' }],
  })
  expect(groups.body.unreadable[0].detail).toBeUndefined()
  expect((await get('/channels/log/groups/audit', VIEWER)).body).toMatchObject({ code: 'storage-refused' })

  await redis.hset('mq:{log}:seq', 'layout', '99')
  expect((await get('/channels', VIEWER)).body.channels).toEqual([
    { name: 'log', groups: [], unreadable: 'layout-mismatch' },
    { name: 'news', groups: [] },
  ])
})

it('does so for the lists of names and of workers', async () => {
  const { broker, get, redis } = await open()
  const worker = broker.queue('mails').process(() => new Promise(() => undefined))
  await worker.ready()
  await expect.poll(async () => (await broker.workers()).length).toBe(1)
  await redis.set('mq:{:registry}:workers', 'a text of another program')
  expect((await get('/overview', VIEWER)).body).toMatchObject({
    storage: { state: 'up' },
    flow: { because: expect.stringMatching(/unreadable|no-workers/) },
    workers: 0,
    queues: [{ name: 'bills' }, { name: 'mails', running: 1 }, { name: 'orders' }],
    unreadable: [{ what: 'workers', code: 'storage-refused' }],
  })
  expect(await get('/workers', VIEWER)).toMatchObject({ status: 503, body: { code: 'storage-refused' } })
  await redis.set('mq:{:registry}:names', 'a text of another program')
  // A reading is shared for half a second.
  await expect
    .poll(async () => (await get('/overview', VIEWER)).body)
    .toMatchObject({
      storage: { state: 'up' },
      queues: [],
      unreadable: [{ what: 'queues' }, { what: 'workers' }],
    })
  await worker.close({ deadlineMs: 0 })
})
