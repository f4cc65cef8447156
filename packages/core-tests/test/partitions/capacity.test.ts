import { createBroker, defineQueue, MqError, silentLogger } from '@mq/core'
import type { Capacity } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'

function lab(capacity: Capacity) {
  const clock = createVirtualClock()
  const broker = createBroker(memoryAdapter(), { clock, logger: silentLogger })
  return { clock, broker, queue: broker.queue(defineQueue<number>({ name: 'work', partitions: 4, capacity })) }
}

it('no more tasks wait than there may, over all partitions, and each that was refused says so', async () => {
  const { broker, queue } = lab({ size: 42, whenFull: 'reject' })
  let refused = 0
  for (let n = 0; n < 100; n++) {
    await queue.enqueue(n).catch((error: unknown) => {
      expect(MqError.is(error, 'queue-full')).toBe(true)
      refused++
    })
  }
  const { waiting } = await queue.stats()
  // One after the other, each partition gets as many as it has room for.
  expect(waiting).toBe(42)
  expect(refused).toBe(58)
  await expect(queue.enqueueAll(Array.from({ length: 11 }, (_, n) => ({ payload: n })))).rejects.toMatchObject({
    code: 'batch-too-large',
  })
  await broker.close()
})

it('producers that wait for room get it, whichever partition has some', async () => {
  const { clock, broker, queue } = lab({ size: 8 })
  const tasks = Array.from({ length: 60 }, (_, n) => queue.enqueue(n))
  await clock.advance(1_000)
  expect((await queue.stats()).waiting).toBeLessThanOrEqual(8)
  const ran: number[] = []
  let most = 0
  queue.process(async (n) => {
    most = Math.max(most, (await queue.stats()).waiting)
    ran.push(n)
  })
  await clock.advance(60_000)
  await Promise.all(tasks)
  await clock.advance(1_000)
  expect(ran.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n))
  expect(most).toBeLessThanOrEqual(8)
  await broker.close()
})

it('the oldest of a full partition makes room, and is a dead letter', async () => {
  const { broker, queue } = lab({ size: 8, whenFull: 'displace' })
  for (let n = 0; n < 20; n++) await queue.enqueue(n)
  const { waiting, displaced, dead } = await queue.stats()
  expect([waiting, displaced, dead]).toEqual([8, 12, 12])
  expect((await queue.dead.list({ reason: 'displaced', limit: 50 })).length).toBe(12)
  const { changed } = await queue.dead.discard('all')
  expect(changed).toBe(12)
  await broker.close()
})

it('what waits of a key is counted where the key is', async () => {
  const { broker, queue } = lab({ perKey: 3, whenFull: 'reject' })
  for (let n = 0; n < 3; n++) await queue.enqueue(n, { key: 'loud' })
  await expect(queue.enqueue(3, { key: 'loud' })).rejects.toMatchObject({ code: 'queue-full' })
  await queue.enqueue(4, { key: 'quiet' })
  await broker.close()
})

it('what went through is in the history, whichever partition it went through', async () => {
  const { clock, broker, queue } = lab({ size: 1_000 })
  queue.process(() => undefined, { concurrency: 10 })
  for (let round = 0; round < 6; round++) {
    await Promise.all(Array.from({ length: 50 }, (_, n) => queue.enqueue(n)))
    await clock.advance(10_000)
  }
  await clock.advance(20_000)
  const points = await queue.history({ resolution: '10s' })
  expect(points.reduce((sum, { completed }) => sum + completed, 0)).toBeGreaterThanOrEqual(250)
  expect(points.some(({ waitMs, runMs }) => waitMs !== undefined && runMs !== undefined)).toBe(true)
  expect((await queue.stats()).recent?.perSecond.completed).toBeGreaterThan(1)
  expect((await queue.stats()).totals).toMatchObject({ enqueued: 300, completed: 300 })
  await broker.close()
})

it('outcomes are refused where somebody asks for them', async () => {
  const { broker, queue } = lab({ size: 100 })
  await expect(queue.outcomes.subscribe(() => undefined)).rejects.toMatchObject({ code: 'unsupported' })
  await expect(queue.outcomes.consume('audit', () => undefined)).rejects.toMatchObject({ code: 'unsupported' })
  await broker.close()
})
