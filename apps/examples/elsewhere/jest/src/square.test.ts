// A project that is tested with jest, which runs CommonJS in a realm of its own.
import { createBroker, MqError } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

test('a task that is due in an hour', async () => {
  const broker = createTestBroker(memoryAdapter())
  const queue = broker.queue('squares')
  queue.process((n) => Number(n) ** 2)
  const task = await queue.enqueue(7, { delayMs: 3_600_000 })
  await broker.drain()
  expect(await task.result()).toBe(49)
  await broker.close()
})

test('objects of this realm are plain, and others are refused', async () => {
  const broker = createBroker(redisAdapter({ url: process.env['REDIS_URL'] ?? '' }))
  const queue = broker.queue('jest')
  queue.process((payload) => payload)
  const payload = { list: [1, { at: new Date(0) }], text: 'x' }
  const task = await queue.enqueue(payload)
  expect(await task.result({ timeoutMs: 10_000 })).toEqual({ list: [1, { at: '1970-01-01T00:00:00.000Z' }], text: 'x' })
  const refused: unknown = await queue.enqueue(new Map()).catch((error: unknown) => error)
  expect(MqError.is(refused, 'invalid-payload')).toBe(true)
  await broker.close()
})
