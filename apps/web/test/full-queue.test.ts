import { createAppLogger, readEnv } from '@mq/app-kit'
import { prodcons } from '@mq/contracts'
import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { webEnv } from '../src/env.ts'
import { LISTENING, startWeb } from '../src/start-web.ts'
import { postTask, taskCount, testWeb } from './test-web.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const two = { ...prodcons, capacity: { size: 2, whenFull: 'reject' } } as const
const full = { statusCode: 429, headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) } }

describe.each([
  ['memory', () => memoryAdapter()],
  ['redis', () => redisAdapter({ url: redis.url, prefix: randomUUID() })],
] as const)('a full queue on %s', (_storage, adapter) => {
  it('answers 429, and in how many seconds to come again, and stores nothing', async () => {
    const { app, broker } = await testWeb({ adapter: adapter(), queues: [two], operationTimeoutMs: 5_000 })
    for (const payload of [1, 2]) expect((await postTask(app, { payload })).statusCode).toBe(202)
    const refused = [await postTask(app, { payload: 3 }), await postTask(app, { payload: 3 }, '?waitMs=1000')]
    for (const response of [...refused, await app.inject('/prodcons')]) {
      expect(response).toMatchObject(full)
      expect(response.json()).toEqual({ code: 'queue-full', message: expect.stringContaining('prodcons is full') })
    }
    expect(await taskCount(broker, two)).toBe(2)
  })

  it('takes tasks again as soon as there is room', async () => {
    const { app, broker } = await testWeb({ adapter: adapter(), queues: [two], operationTimeoutMs: 5_000 })
    for (const payload of [1, 2]) await postTask(app, { payload })
    expect((await postTask(app, { payload: 3 })).statusCode).toBe(429)
    const square = (element: number) => ({ element, square: element ** 2, worker: 'test', tookMs: 0 })
    const worker = broker.queue(two).process(square)
    await vi.waitFor(async () => expect(await taskCount(broker, two)).toBe(0))
    await worker.close()
    expect((await postTask(app, { payload: 3 })).statusCode).toBe(202)
  })
})

describe('QUEUE_CAPACITY', () => {
  it('bounds the queue', async () => {
    const broker = createBroker(memoryAdapter(), { logger: silentLogger })
    const lines: string[] = []
    const logger = createAppLogger({ app: 'web', level: 'info', destination: { write: (line) => lines.push(line) } })
    const web = await startWeb({ broker, logger, env: readEnv(webEnv, { PORT: '0', QUEUE_CAPACITY: '1' }) })
    onTestFinished(async () => {
      await web.close({ deadlineMs: 100 })
      await broker.close()
    })
    const url = new RegExp(`${LISTENING} ([^"]+)`).exec(lines.join(''))?.[1]
    const visit = async () => (await fetch(`${url}/prodcons`, { redirect: 'manual' })).status
    expect([await visit(), await visit()]).toEqual([302, 429])
  })

  it('is a whole number from 1 on; without it the definition holds', () => {
    for (const wrong of ['0', '-1', '1.5', 'many']) {
      expect(() => readEnv(webEnv, { QUEUE_CAPACITY: wrong })).toThrow(/^QUEUE_CAPACITY must be a whole number from 1/)
    }
    expect(readEnv(webEnv, {}).QUEUE_CAPACITY).toBe(undefined)
    expect(prodcons.capacity).toEqual({ size: 100_000, whenFull: 'reject' })
  })
})
