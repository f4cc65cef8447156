import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

it('answers the points of a chart, and rates and times of the last minutes', async () => {
  const broker = createTestBroker(memoryAdapter())
  const { get } = await testConsole({ broker })
  const queue = broker.queue('mails')
  const worker = queue.process(() => undefined)
  for (let i = 0; i < 6; i++) {
    await queue.enqueue(i)
    await broker.clock.advance(10_000)
  }
  const { body } = await get('/queues/mails/history?resolution=10s')
  expect(body).toMatchObject({ resolution: '10s', points: expect.any(Array) })
  expect(body.points.length).toBeGreaterThan(3)
  expect(body.points[1]).toMatchObject({ completed: 1, failed: 0, waitMs: { p50: expect.any(Number) } })
  expect((await get(`/queues/mails/history?from=${body.points[2].at}`)).body.points[0]).toEqual(body.points[2])
  expect((await get('/queues/mails/history?resolution=1h')).status).toBe(200)
  expect((await get('/queues/mails/history?resolution=1m')).status).toBe(400)
  expect((await get('/queues/mails')).body).toMatchObject({
    waitMs: { p50: expect.any(Number) },
    runMs: expect.any(Object),
  })
  expect((await get('/overview')).body).toMatchObject({ waitMs: { p95: expect.any(Number) } })
  await worker.close()
})
