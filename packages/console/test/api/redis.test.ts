import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { expect, it, onTestFinished, vi } from 'vitest'
import { testConsole } from '../test-console.ts'
import type { TestConsole } from '../test-console.ts'

async function consoleOnRedis(
  operationTimeoutMs = 5_000,
): Promise<TestConsole & { server: Awaited<ReturnType<typeof startRedis>> }> {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const broker = createBroker(redisAdapter({ url: server.url }), { logger: silentLogger, operationTimeoutMs })
  await broker.ready()
  return { ...(await testConsole({ broker })), server }
}

it('does on Redis what it does in memory', async () => {
  const { broker, get, post } = await consoleOnRedis()
  const queue = broker.queue('mails')
  const worker = queue.process(() => Promise.reject(new Error('the bank is closed')))
  await post('/queues/mails/tasks?waitMs=30000', { payload: { to: 'ann' }, id: 'a', attempts: 1 })
  await worker.close()
  await post('/queues/mails/tasks', { payload: { to: 'bob' }, id: 'b', delayMs: 60_000 })
  expect((await get('/queues')).body.queues).toMatchObject([{ name: 'mails', dead: 1, delayed: 1 }])
  expect((await get('/queues/mails/tasks?state=dead')).body.tasks).toMatchObject([{ id: 'a' }])
  expect((await get('/queues/mails/tasks/search?text=BANK')).body.tasks).toMatchObject([{ id: 'a' }])
  expect((await get('/queues/mails/tasks/search?text=bob')).body.tasks).toMatchObject([{ id: 'b' }])
  expect((await get('/queues/mails/tasks/b')).body).toMatchObject({
    task: { state: 'delayed' },
    why: { because: 'delayed' },
  })
  const redriven = await post('/queues/mails/dead/redrive', { which: { ids: ['a'] }, payload: { to: 'eve' } })
  expect(redriven.body).toMatchObject({ changed: 1 })
  expect((await get('/queues/mails/tasks/a')).body.task).toMatchObject({ state: 'waiting', payload: { to: 'eve' } })
  for (const name of ['a-', 'A', 'z.z', '_']) await broker.queue(name).enqueue(1)
  for (const name of ['a-', 'A', 'z.z', '_', 'mails']) expect((await get(`/queues/${name}`)).status).toBe(200)
  for (const name of ['a', 'B', 'z.', '-', 'mail']) expect((await get(`/queues/${name}`)).status).toBe(404)
  expect((await get('/storage')).body).toMatchObject({ kind: expect.stringMatching(/redis|valkey/) })
})

it('says that the storage is away, what is unknown then and where to look, and that it is back', async () => {
  const { get, post, server } = await consoleOnRedis(300)
  await post('/queues/mails/tasks', { payload: 1, id: 'first' })
  expect((await get('/overview')).body).toMatchObject({ storage: { state: 'up' }, waiting: 1 })
  server.pause()
  const sent = await post('/queues/mails/tasks', { payload: 2 }, { 'idempotency-key': 'second' })
  const location = '/console/api/v1/queues/mails/tasks/second'
  expect(sent).toMatchObject({
    status: 503,
    headers: { location, 'retry-after': '1' },
    body: { code: 'unknown', location },
  })
  expect((await get('/queues')).body).toMatchObject({ status: 503, code: 'unavailable' })
  expect((await get('/overview')).body).toMatchObject({
    storage: { state: 'away', sinceAt: expect.any(Number) },
    flow: { state: 'away', because: 'storage-away' },
    waiting: 1,
  })
  server.resume()
  await vi.waitFor(async () => {
    expect((await post('/queues/mails/tasks', { payload: 2 }, { 'idempotency-key': 'second' })).status).toBe(202)
  })
  expect((await get('/overview')).body).toMatchObject({ storage: { state: 'up' }, waiting: 2 })
})
