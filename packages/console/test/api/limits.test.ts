// What all workers of a queue share, and whose tasks there are.
import { createBroker, defineQueue, silentLogger, unchecked } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it, onTestFinished } from 'vitest'
import { testConsole } from '../test-console.ts'

const mails = defineQueue({
  name: 'mails',
  payload: unchecked<number>(),
  limits: { concurrency: 5, perKey: { concurrency: 1 } },
})

it('limits are read, set and reset', async () => {
  const { broker, get, post } = await testConsole()
  const queue = broker.queue(mails)
  await queue.enqueue(1)
  await queue.process(() => undefined).ready()
  const defined = { concurrency: 5, perKey: { concurrency: 1 } }
  expect((await get('/queues/mails/limits')).body).toMatchObject({ limits: defined, defined, overridden: false })
  const rate = { count: 10, perMs: 1_000, burst: 1 }
  const set = await post('/queues/mails/limits', { rate: { count: 10, perMs: 1_000 }, perKey: { concurrency: null } })
  expect(set.body).toMatchObject({ limits: { concurrency: 5, rate }, defined, overridden: true })
  expect(set.body.changed).toEqual({ at: expect.any(Number), by: 'local' })
  expect((await queue.limits.get()).limits).toEqual({ concurrency: 5, rate })
  expect((await post('/queues/mails/limits/reset')).body).toMatchObject({ limits: defined, overridden: false })
})

it('limits that contradict are refused, with the option', async () => {
  const { broker, get, post } = await testConsole()
  await broker.queue('mails').enqueue(1)
  const refused = await post('/queues/mails/limits', { rate: { count: 5, perMs: 1_000, burst: 6 } })
  expect([refused.status, refused.body]).toMatchObject([400, { code: 'invalid-options' }])
  expect((await post('/queues/mails/limits', { concurrency: 0 })).status).toBe(400)
  expect((await post('/queues/mails/limits', { concurency: 1 })).status).toBe(400)
  expect((await get('/queues/none/limits')).body).toMatchObject({ status: 404, code: 'unknown-queue' })
  expect((await get('/queues/mails/limits')).body).toMatchObject({ limits: {}, overridden: false })
})

it('keys are listed page by page, with what waits, runs, and holds them back', async () => {
  const { broker, get } = await testConsole()
  const queue = broker.queue(mails)
  await queue.enqueueAll([1, 2, 3].map((payload) => ({ payload, key: 'ann' })))
  await queue.enqueue(4, { key: 'ben' })
  let end = (): void => undefined
  queue.process(() => new Promise<void>((resolve) => (end = resolve)), { concurrency: 1 })
  await expect.poll(async () => (await queue.stats()).running).toBe(1)
  const first = (await get('/queues/mails/keys?limit=1')).body as { keys: { key: string }[]; next: string }
  const rest = (await get(`/queues/mails/keys?after=${encodeURIComponent(first.next)}`)).body as typeof first
  const all = [...first.keys, ...rest.keys].toSorted((one, other) => (one.key < other.key ? -1 : 1))
  expect(all).toMatchObject([
    { key: 'ann', waiting: 2, running: 1, heldBack: { by: 'concurrency', limit: 1 } },
    { key: 'ben', waiting: 1, running: 0 },
  ])
  expect((await get('/queues/mails/keys?limit=0')).status).toBe(400)
  end()
})

it('two definitions in conflict are shown', async () => {
  const shared = memoryAdapter()
  const [young, other] = [shared, shared].map((adapter) => createBroker(adapter, { logger: silentLogger }))
  onTestFinished(() => other!.close())
  const { get } = await testConsole({ broker: young! })
  const old = other!.queue(defineQueue({ name: 'mails', payload: unchecked<number>(), limits: { concurrency: 9 } }))
  await old.process(() => undefined).ready()
  await young!
    .queue(mails)
    .process(() => undefined)
    .ready()
  for (let i = 0; i < 3; i++) await (await old.enqueue(i)).result()
  const defined = { concurrency: 5, perKey: { concurrency: 1 } }
  await expect
    .poll(async () => (await get('/queues/mails/limits')).body)
    .toMatchObject({ defined, contested: { concurrency: 9 } })
})

it('keys are ranked by who waits, runs, and has waited longest, and found by their text', async () => {
  const broker = createTestBroker(memoryAdapter())
  const { get, post } = await testConsole({ broker })
  const queue = broker.queue(mails)
  for (const [key, count] of [
    ['ann', 1],
    ['ben', 5],
    ['a/b c', 3],
  ] as const) {
    for (let i = 0; i < count; i++) expect((await post('/queues/mails/tasks', { payload: i, key })).status).toBe(202)
    await broker.clock.advance(2)
  }
  const ranked = async (sort: string) => (await get(`/queues/mails/keys?sort=${sort}&limit=2`)).body
  expect(await ranked('waiting')).toMatchObject({ keys: [{ key: 'ben' }, { key: 'a/b c' }], scanned: 3, more: false })
  expect(await ranked('oldest')).toMatchObject({ keys: [{ key: 'ann' }, { key: 'ben' }] })
  expect((await get('/queues/mails/keys?sort=waiting&after=x')).status).toBe(400)
  expect((await get(`/queues/mails/keys/${encodeURIComponent('a/b c')}`)).body).toMatchObject({
    key: 'a/b c',
    waiting: 3,
  })
  expect(await get('/queues/mails/keys/none')).toMatchObject({ status: 404, body: { code: 'unknown-key' } })
  const page = (await get('/queues/mails/tasks?state=waiting&key=ben&limit=3')).body
  const rest = (await get(`/queues/mails/tasks?state=waiting&key=ben&after=${encodeURIComponent(page.next)}`)).body
  expect([...page.tasks, ...rest.tasks].map(({ key }: { key: string }) => key)).toEqual(Array(5).fill('ben'))
  expect((await get('/queues/mails/tasks?state=running&key=ben')).status).toBe(400)
  const [task] = page.tasks as { id: string }[]
  expect((await get(`/queues/mails/tasks/${task!.id}`)).body.task.key).toBe('ben')
  expect((await queue.stats()).waiting).toBe(9)
})
