import { createBroker, MqError, silentLogger } from '@mq/core'
import type { Task } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it, vi } from 'vitest'
import { testConsole } from '../test-console.ts'

describe('enqueueing', () => {
  it('answers 202 with where to look, and stores the id of the request with the task', async () => {
    const { broker, get, post } = await testConsole()
    const sent = await post('/queues/mails/tasks', { payload: { to: 'ann' }, id: 'a:1' }, { 'x-request-id': 'r-1' })
    expect(sent).toMatchObject({ status: 202, body: { id: 'a:1', state: 'pending', existing: false } })
    expect(sent.headers).toMatchObject({ location: '/console/api/v1/queues/mails/tasks/a:1', 'x-request-id': 'r-1' })
    const { body } = await get('/queues/mails/tasks/a:1')
    expect(body.task).toMatchObject({ state: 'waiting', payload: { to: 'ann' }, headers: { 'request-id': 'r-1' } })
    expect(body.why).toEqual({ because: 'no-worker', text: expect.stringContaining('worker') })
    const seen: unknown[] = []
    const worker = broker.queue('mails').process((_, { headers }) => void seen.push(headers['request-id']))
    await broker.queue('mails').drain()
    await worker.close()
    expect(seen).toEqual(['r-1'])
  })

  it('answers 200 with the result when the task ends in time', async () => {
    const { broker, post } = await testConsole()
    broker.queue('sums').process((payload) => (payload as number) + 1)
    const sent = await post('/queues/sums/tasks?waitMs=30000', { payload: 1 })
    expect(sent).toMatchObject({ status: 200, body: { state: 'completed', result: 2 } })
    expect((await post('/queues/sums/tasks?waitMs=1', { payload: 1, delayMs: 60_000 })).status).toBe(202)
  })

  it('answers 202 where it cannot wait for the task, which it has enqueued', async () => {
    const broker = createBroker(memoryAdapter(), { logger: silentLogger })
    const { app, get, post } = await testConsole({ broker, rateLimit: false })
    const url = '/console/api/v1/queues/mails/tasks?waitMs=30000'
    await broker.queue('mails').enqueue(1, { id: 'one' })
    const waiting = Array.from({ length: 1_000 }, () =>
      app.inject(url.replace('tasks?', 'tasks/one?')).then(({ statusCode }) => statusCode),
    )
    await vi.waitFor(async () =>
      expect(await get('/queues/mails/tasks/one?waitMs=1')).toMatchObject({
        status: 503,
        body: { code: 'too-many-waiting' },
      }),
    )
    const sent = await post('/queues/mails/tasks?waitMs=30000', { payload: 1, id: 'two' })
    expect(sent).toMatchObject({ status: 202, body: { id: 'two', state: 'pending' } })
    await broker.queue('mails').task('one').cancel()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([200]))
  }, 30_000)

  it('makes one task of one Idempotency-Key, whatever characters it has', async () => {
    const { get, post } = await testConsole()
    for (const key of ['order-17', 'a key, "quoted" / 你好'.slice(0, 18), 'n123456789012345678']) {
      const headers = { 'idempotency-key': key }
      const first = await post('/queues/mails/tasks', { payload: 1 }, headers)
      const again = await post('/queues/mails/tasks', { payload: 1 }, headers)
      expect(again.body).toEqual({ ...first.body, existing: true })
      expect((await post('/queues/mails/tasks', { payload: 2 }, headers)).body).toMatchObject({
        status: 409,
        code: 'id-conflict',
      })
    }
    expect((await get('/queues/mails')).body.waiting).toBe(3)
    const both = await post('/queues/mails/tasks', { payload: 1, id: 'b' }, { 'idempotency-key': 'a' })
    expect(both.body).toMatchObject({ status: 400, code: 'invalid-request' })
  })

  it('enqueues a batch, all or none, and once for one Idempotency-Key', async () => {
    const { get, post } = await testConsole()
    const tasks = Array.from({ length: 1_000 }, (_, payload) => ({ payload }))
    const headers = { 'idempotency-key': 'import-1' }
    const first = await post('/queues/mails/tasks/batch', { tasks }, headers)
    expect(first.status).toBe(202)
    expect(first.body.tasks).toHaveLength(1_000)
    const again = await post('/queues/mails/tasks/batch', { tasks }, headers)
    expect(again.body.tasks.every(({ existing }: { existing: boolean }) => existing)).toBe(true)
    expect((await get('/queues/mails')).body.waiting).toBe(1_000)
    const bad = { tasks: [{ payload: 1 }, { payload: 2, id: 'not an id' }] }
    expect((await post('/queues/mails/tasks/batch', bad)).status).toBe(400)
    expect((await post('/queues/mails/tasks/batch', { tasks: [...tasks, { payload: 0 }] })).status).toBe(400)
    expect((await get('/queues/mails')).body.waiting).toBe(1_000)
  })

  it('answers `unknown` with the place to look when the storage does not say whether it was done', async () => {
    const { broker, post } = await testConsole()
    Object.assign(broker.queue('mails'), {
      enqueue: () => Promise.reject(new MqError('unavailable', 'no reply')),
    })
    const sent = await post('/queues/mails/tasks', { payload: 1 }, { 'idempotency-key': 'k' })
    expect(sent).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', location: '/console/api/v1/queues/mails/tasks/k' },
      body: { code: 'unknown' },
    })
  })
})

describe('listing', () => {
  it('follows the pages of each state', async () => {
    const { broker, get } = await testConsole()
    const queue = broker.queue('mails')
    await queue.enqueueAll(Array.from({ length: 5 }, (_, payload) => ({ payload, id: `t${payload}` })))
    await queue.enqueue('later', { delayMs: 60_000, id: 'later' })
    const ids: string[] = []
    let after = ''
    do {
      const { body } = await get(`/queues/mails/tasks?state=waiting&limit=2${after && `&after=${after}`}`)
      ids.push(...body.tasks.map(({ id }: Task) => id))
      after = body.next ?? ''
    } while (after)
    expect(ids).toEqual(['t0', 't1', 't2', 't3', 't4'])
    const delayed = await get('/queues/mails/tasks?state=delayed&payloads=true')
    expect(delayed.body.tasks).toMatchObject([{ id: 'later', payload: 'later', dueAt: expect.any(Number) }])
    expect((await get('/queues/mails/tasks?state=waiting&after=rubbish')).body).toMatchObject({ status: 400 })
    expect((await get('/queues/mails/tasks?state=odd')).status).toBe(400)
  })

  it('shows dead tasks with their errors', async () => {
    const { broker, get } = await testConsole()
    const queue = broker.queue('mails')
    const worker = queue.process(() => Promise.reject(new TypeError('no such address')))
    const task = await queue.enqueue({ to: 'ann' }, { attempts: 1 })
    await task.outcome()
    await worker.close()
    const { body } = await get('/queues/mails/tasks?state=dead')
    expect(body.tasks).toMatchObject([{ id: task.id, error: { name: 'TypeError', message: 'no such address' } }])
    const one = await get(`/queues/mails/tasks/${task.id}`)
    expect(one.body.task).toMatchObject({ state: 'dead', failures: 1, errors: [{ attempt: 1, name: 'TypeError' }] })
    expect(one.body.task.timeline.map(({ what }: { what: string }) => what)).toEqual(['enqueued', 'failed', 'dead'])
    expect(one.body.why).toMatchObject({ because: 'ended' })
    expect((await get('/queues/mails/tasks/none')).body).toMatchObject({ status: 404, code: 'unknown-task' })
  })
})

describe('changing', () => {
  it('promotes, reschedules, gives another priority and payload, and cancels', async () => {
    const { broker, get, post } = await testConsole()
    await broker.queue('mails').enqueue(1, { id: 'a', delayMs: 60_000 })
    const path = '/queues/mails/tasks/a'
    expect((await post(`${path}/priority`, { priority: 9 })).body).toEqual({ outcome: 'changed' })
    expect((await post(`${path}/payload`, { payload: [2] })).body).toEqual({ outcome: 'changed' })
    expect((await post(`${path}/promote`)).body).toEqual({ outcome: 'changed' })
    expect((await get(path)).body.task).toMatchObject({ state: 'waiting', priority: 9, payload: [2] })
    expect((await post(`${path}/reschedule`, { delayMs: 5_000 })).body).toEqual({ outcome: 'changed' })
    expect((await get(path)).body.task).toMatchObject({ state: 'delayed' })
    expect((await post(`${path}/cancel`, { reason: 'by hand' })).body).toEqual({ outcome: 'cancelled' })
    expect((await get(path)).body.task).toMatchObject({ state: 'cancelled', reason: 'by hand' })
    expect((await post(`${path}/promote`)).body).toEqual({ outcome: 'too-late' })
    expect((await post(`${path}/priority`, { priority: 10 })).status).toBe(400)
  })

  it('cancels many, and names those that were too late', async () => {
    const { broker, get, post } = await testConsole()
    const queue = broker.queue('mails')
    const ids = Array.from({ length: 250 }, (_, i) => `t${i}`)
    await queue.enqueueAll(ids.slice(0, 200).map((id) => ({ payload: 0, id })))
    const { body } = await post('/queues/mails/tasks/bulk', { action: 'cancel', ids: [...ids, 't0'] })
    expect(body).toEqual({ changed: 200, tooLate: ids.slice(200) })
    expect((await get('/queues/mails')).body).toMatchObject({ waiting: 0, totals: { cancelled: 200 } })
    expect((await post('/queues/mails/tasks/bulk', { action: 'cancel', ids: ['a b'] })).status).toBe(400)
  })
})
