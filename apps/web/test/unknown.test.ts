import { prodcons } from '@mq/contracts'
import { defineQueue } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { postTask, taskCount, testWeb } from './test-web.ts'

const withKey = (key: string, body: object) =>
  ({
    method: 'POST',
    url: '/queues/prodcons/tasks',
    headers: { 'idempotency-key': key },
    payload: body,
  }) as const

describe('a storage that does not answer', () => {
  it('makes it unknown whether a task was enqueued, and the answer says where to ask', async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const { app, broker } = await testWeb({ adapter: redisAdapter({ url: server.url }), operationTimeoutMs: 300 })
    await vi.waitFor(async () => expect((await app.inject('/health/ready')).statusCode).toBe(200), 5_000)
    server.pause()
    const answers = await Promise.all([1, 2, 3].map((payload) => postTask(app, { payload })))
    const link = await app.inject('/prodcons')
    server.resume()
    for (const answer of [...answers, link]) {
      expect(answer.statusCode).toBe(503)
      expect(answer.json()).toEqual({ code: 'unknown', message: expect.any(String), id: expect.any(String) })
      expect(answer.headers['location']).toBe(`/queues/prodcons/tasks/${answer.json().id}`)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    // Sent again with the id that was answered, each is there once, whether the first one came through or not.
    for (const [i, answer] of answers.entries()) {
      await vi.waitFor(async () => {
        const again = await postTask(app, { payload: i + 1, id: answer.json().id })
        expect(again.statusCode).toBe(202)
      }, 15_000)
      expect((await app.inject(String(answer.headers['location']))).json()).toMatchObject({ state: 'waiting' })
    }
    expect([3, 4]).toContain(await taskCount(broker)) // the link's task, if it came through
  })
})

describe('Idempotency-Key', () => {
  it('makes the same request the same task', async () => {
    const { app, broker } = await testWeb()
    const first = await app.inject(withKey('order 17, "é"'.replace('é', 'e'), { payload: 7 }))
    const again = await app.inject(withKey('order 17, "e"', { payload: 7 }))
    expect([first.statusCode, again.statusCode]).toEqual([202, 202])
    expect(again.json().id).toBe(first.json().id)
    expect((await app.inject(withKey('order 18', { payload: 7 }))).json().id).not.toBe(first.json().id)
    expect(await taskCount(broker)).toBe(2)
  })

  it('with another payload is a conflict', async () => {
    const { app } = await testWeb()
    await app.inject(withKey('order 17', { payload: 7 }))
    const response = await app.inject(withKey('order 17', { payload: 8 }))
    expect([response.statusCode, response.json().code]).toEqual([409, 'id-conflict'])
  })

  it.each([
    ['beside an id', 'order 17', { payload: 7, id: 'mine' }],
    ['that is empty', '', { payload: 7 }],
    ['of 256 characters', 'x'.repeat(256), { payload: 7 }],
  ])('%s is refused', async (_what, key, body) => {
    const { app, broker } = await testWeb()
    const response = await app.inject(withKey(key, body))
    expect([response.statusCode, response.json().code]).toEqual([400, 'invalid-request'])
    expect(await taskCount(broker)).toBe(0)
  })

  it('is refused for a message, which is published as often as it is sent', async () => {
    const { app } = await testWeb()
    const response = await app.inject({ ...withKey('k', { payload: 7 }), url: '/channels/pubsub/messages' })
    expect([response.statusCode, response.json().code]).toEqual([400, 'not-idempotent'])
  })
})

describe("a worker's error", () => {
  it('does not reach a client: neither its message nor a name that says more than a name', async () => {
    const secret = 'postgres://app:hunter2@db.internal/main'
    const failing = defineQueue({ name: 'failing', payload: prodcons.payload, attempts: 1 })
    const { app, broker } = await testWeb({ queues: [failing] })
    broker.queue(failing).process((element) => {
      throw Object.assign(new TypeError(secret), element === 1 ? { name: secret, code: secret } : { code: 'E_LOGIN' })
    })
    const post = (payload: number) =>
      app.inject({ method: 'POST', url: '/queues/failing/tasks?waitMs=5000', payload: { payload } })
    const [hidden, shown] = [await post(1), await post(2)]
    expect(hidden.json()).toMatchObject({ state: 'dead', error: { name: 'Error' } })
    expect(shown.json()).toMatchObject({ state: 'dead', error: { name: 'TypeError', code: 'E_LOGIN' } })
    const later = await app.inject(String(hidden.headers['location']))
    for (const { body } of [hidden, shown, later]) expect(body).not.toContain('hunter2')
  })
})
