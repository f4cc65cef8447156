import { prodcons } from '@mq/contracts'
import type { Squared } from '@mq/contracts'
import { bury, defineQueue } from '@mq/core'
import type { Broker } from '@mq/core'
import { describe, expect, it, vi } from 'vitest'
import { postTask, taskCount, testWeb } from './test-web.ts'

const square = (element: number): Squared => ({ element, square: element ** 2, worker: 'test', tookMs: 1 })
const work = (broker: Broker) => broker.queue(prodcons).process(square)

describe('POST /queues/:queue/tasks', () => {
  it('enqueues and says where the task is', async () => {
    const { app, broker } = await testWeb()
    const response = await postTask(app, { payload: 7 })
    expect(response.statusCode).toBe(202)
    const { id, state } = response.json()
    expect(state).toBe('pending')
    expect(response.headers['location']).toBe(`/queues/prodcons/tasks/${id}`)
    expect(await taskCount(broker)).toBe(1)
  })

  it('waits for the result when asked to', async () => {
    const { app, broker } = await testWeb()
    work(broker)
    const response = await postTask(app, { payload: 7 }, '?waitMs=5000')
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({ state: 'completed', result: square(7) })
  })

  it('waits over a real connection too, whose request is long read by then', async () => {
    const { app, broker } = await testWeb()
    const url = await app.listen({ port: 0 })
    const answered = fetch(`${url}/queues/prodcons/tasks?waitMs=5000`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"payload":7}',
    })
    await vi.waitFor(async () => expect(await taskCount(broker)).toBe(1))
    work(broker)
    const response = await answered
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ state: 'completed', result: square(7) })
  })

  it('says 202 when nobody finished it in that time', async () => {
    const { app } = await testWeb()
    const response = await postTask(app, { payload: 7 }, '?waitMs=20')
    expect(response.statusCode).toBe(202)
    expect(response.json()).toMatchObject({ state: 'pending' })
  })

  it('does not hold up a stop: who waits is told that the task is enqueued', async () => {
    const { app, broker } = await testWeb()
    const waiting = postTask(app, { payload: 7 }, '?waitMs=30000')
    await vi.waitFor(async () => expect(await taskCount(broker)).toBe(1))
    await app.close()
    expect((await waiting).statusCode).toBe(202)
  })

  it('enqueues the same id once', async () => {
    const { app, broker } = await testWeb()
    const first = await postTask(app, { payload: 7, id: 'mine' })
    const again = await postTask(app, { payload: 7, id: 'mine' })
    expect([first.statusCode, again.statusCode]).toEqual([202, 202])
    expect(again.headers['location']).toBe('/queues/prodcons/tasks/mine')
    expect(await taskCount(broker)).toBe(1)
  })

  it('says 409 to the same id with another payload', async () => {
    const { app, broker } = await testWeb()
    await postTask(app, { payload: 7, id: 'mine' })
    const response = await postTask(app, { payload: 8, id: 'mine' })
    expect(response.statusCode).toBe(409)
    expect(response.json().code).toBe('id-conflict')
    expect(await taskCount(broker)).toBe(1)
  })

  it('passes the options on', async () => {
    const { app, broker } = await testWeb()
    await postTask(app, { payload: 1, id: 'later', delayMs: 3_600_000 })
    expect((await app.inject('/queues/prodcons/tasks/later')).json()).toMatchObject({ state: 'delayed' })

    await postTask(app, { payload: 2, priority: 0 })
    await postTask(app, { payload: 3, priority: 9, headers: { trace: 'abc' } })
    const seen: unknown[] = []
    broker.queue(prodcons).process(
      (element, { headers }) => {
        seen.push([element, headers])
        return square(element)
      },
      { concurrency: 1, prefetch: false },
    )
    await vi.waitFor(() =>
      expect(seen).toEqual([
        [3, { trace: 'abc' }],
        [2, {}],
      ]),
    )
  })
})

describe('GET /queues/:queue/tasks/:id', () => {
  it('follows a task from waiting to its result', async () => {
    const { app, broker } = await testWeb()
    const location = String((await postTask(app, { payload: 4 })).headers['location'])
    expect((await app.inject(location)).json()).toMatchObject({ state: 'waiting' })
    work(broker)
    await vi.waitFor(async () => {
      const response = await app.inject(location)
      expect(response.statusCode).toBe(200)
      expect(response.json()).toMatchObject({ state: 'completed', result: square(4), endedAt: expect.any(Number) })
    })
  })

  it('says why a task is dead, without what the error said', async () => {
    const { payload } = prodcons
    const fragile = defineQueue({ name: 'fragile', payload, attempts: 1 })
    const { app, broker } = await testWeb({ queues: [fragile] })
    broker.queue(fragile).process((element) => {
      if (element === 1) return bury('not today')
      throw new Error('broken')
    })
    const post = (element: number) =>
      app.inject({ method: 'POST', url: '/queues/fragile/tasks?waitMs=5000', payload: { payload: element } })
    expect((await post(1)).json()).toMatchObject({ state: 'dead', reason: 'not today' })
    const failed = await post(2)
    expect(failed.statusCode).toBe(200)
    expect(failed.json()).toMatchObject({ state: 'dead', error: { name: 'Error' } })
    expect(failed.body).not.toMatch(/stack|broken/)
  })

  it('says 404 for a task that nobody knows', async () => {
    const { app } = await testWeb()
    const response = await app.inject('/queues/prodcons/tasks/nobody')
    expect(response.statusCode).toBe(404)
    expect(response.json().code).toBe('unknown-task')
  })
})
