import { defineQueue, MqError } from '@mq/core'
import { expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

it('lists queues page by page, with their counts', async () => {
  const { broker, get } = await testConsole()
  for (const name of ['a', 'b', 'c']) await broker.queue(name).enqueue(1, { delayMs: 60_000 })
  const first = await get('/queues?limit=2')
  expect(first.body).toMatchObject({ queues: [{ name: 'a', delayed: 1 }, { name: 'b' }], next: 'b' })
  const second = await get('/queues?limit=2&after=b')
  expect(second.body.queues).toMatchObject([{ name: 'c', totals: { enqueued: 1 }, paused: false, workers: 0 }])
  expect(second.body.next).toBeUndefined()
})

it('finds a queue by each kind of name, and no other', async () => {
  const { broker, get } = await testConsole()
  const names = ['a', 'a-', 'a.b', 'b', '-', '--', 'z'.repeat(128)]
  for (const name of names) await broker.queue(name).enqueue(1)
  for (const name of names) expect((await get(`/queues/${name}`)).body).toMatchObject({ name, waiting: 1 })
  for (const name of ['c', 'a.', 'a.a', 'aa', 'z', '---', 'z'.repeat(127)]) {
    expect((await get(`/queues/${name}`)).body).toMatchObject({ status: 404, code: 'unknown-queue' })
  }
})

it('pauses and resumes, and says whether that changed anything', async () => {
  const { broker, get, post } = await testConsole()
  await broker.queue('mails').enqueue(1)
  expect((await post('/queues/mails/pause')).body).toEqual({ changed: true })
  expect((await post('/queues/mails/pause')).body).toEqual({ changed: false })
  expect((await get('/overview')).body).toMatchObject({
    storage: { state: 'up' },
    flow: { state: 'paused', because: 'paused', queue: 'mails' },
    waiting: 1,
  })
  expect((await post('/queues/mails/resume')).body).toEqual({ changed: true })
})

it('purges and deletes a queue when its name is typed', async () => {
  const { broker, get, post, remove } = await testConsole()
  const task = await broker.queue('mails').enqueue(1)
  expect((await post('/queues/mails/purge', { confirm: 'other' })).body).toMatchObject({ code: 'not-confirmed' })
  expect((await post('/queues/mails/purge', {})).body).toMatchObject({ status: 400, code: 'invalid-request' })
  expect((await get('/queues/mails')).body).toMatchObject({ waiting: 1 })
  expect((await post('/queues/mails/purge', { confirm: 'mails', reason: 'a test' })).body).toEqual({ changed: 1 })
  expect(await task.outcome()).toMatchObject({ state: 'cancelled', reason: 'a test' })

  expect((await remove('/queues/mails')).status).toBe(400)
  expect((await remove('/queues/mails?confirm=mail')).status).toBe(400)
  expect((await remove('/queues/mails?confirm=mails')).status).toBe(204)
  expect((await get('/queues/mails')).status).toBe(404)
})

it('gives a queue another number of partitions, and shows those of before', async () => {
  const { broker, get, post } = await testConsole()
  const queue = broker.queue(defineQueue<number>({ name: 'mails', partitions: 4 }))
  await queue.enqueue(1)
  await broker.queue('plain').enqueue(1)
  const path = '/queues/mails/repartition'
  expect((await get('/queues/mails')).body).toMatchObject({ waiting: 1, partitions: { of: 4, former: [] } })
  expect((await get('/queues/plain')).body.partitions).toBeUndefined()
  expect((await post(path, { partitions: 8, confirm: 'other' })).body).toMatchObject({ code: 'not-confirmed' })
  for (const partitions of [1, 65, 2.5, '8']) {
    expect((await post(path, { partitions, confirm: 'mails' })).body).toMatchObject({ code: 'invalid-request' })
  }
  expect((await post(path, { partitions: 8, confirm: 'mails' })).body).toEqual({ partitions: 8, former: [4] })
  expect((await get('/queues/mails')).body.partitions).toEqual({ of: 8, former: [{ of: 4, tasks: 1, dead: 0 }] })
  await queue.enqueue(2)
  expect((await get('/queues/mails')).body).toMatchObject({ waiting: 2, partitions: { former: [{ tasks: 1 }] } })
  expect((await post(path, { partitions: 64, confirm: 'mails' })).body).toEqual({ partitions: 64, former: [8, 4] })
  expect((await post(path, { partitions: 63, confirm: 'mails' })).body).toMatchObject({
    status: 409,
    code: 'partitions-busy',
  })
  expect((await post('/queues/plain/repartition', { partitions: 8, confirm: 'plain' })).body).toMatchObject({
    code: 'unsupported',
  })
})

it('reads the storage once for all who look at the same time', async () => {
  const { broker, get } = await testConsole()
  const queue = broker.queue('mails')
  await queue.enqueue(1)
  const { stats } = queue
  let asked = 0
  Object.assign(queue, { stats: () => (asked++, stats()) })
  const answers = await Promise.all(Array.from({ length: 50 }, () => get('/overview')))
  expect(answers.every(({ body }) => body.waiting === 1)).toBe(true)
  expect(asked).toBe(1)
})

it('logs once why the storage is shown as away when it is not an outage, and again after a reading that succeeds', async () => {
  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const { broker, get } = await testConsole({}, { logger })
  const queue = broker.queue('mails')
  await queue.enqueue(1)
  const { stats } = queue
  let error: MqError | undefined = new MqError('storage-refused', 'MISCONF the disk is full', {
    details: { passing: true },
  })
  Object.assign(queue, { stats: async () => (error ? Promise.reject(error) : stats()) })
  const state = async () => (await get('/overview')).body.storage.state
  expect([await state(), await state(), lines.length]).toEqual(['away', 'away', 1])
  expect(lines[0]).toContain('the disk is full')
  error = new MqError('unavailable', 'no reply')
  expect([await state(), lines.length]).toEqual(['away', 1])
  error = undefined
  expect(await state()).toBe('up')
  error = new MqError('storage-refused', 'NOREPLICAS', { details: { passing: true } })
  await expect.poll(state).toBe('away')
  expect(lines).toHaveLength(2)
})
