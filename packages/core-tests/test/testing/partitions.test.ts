import { defineQueue } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it, onTestFinished } from 'vitest'

function testBroker() {
  const broker = createTestBroker(memoryAdapter())
  onTestFinished(() => broker.close())
  return broker
}

const letters = defineQueue({ name: 'letters', partitions: 4, backoff: { kind: 'fixed', baseMs: 60_000, jitter: 0 } })

it('drain runs what is in any partition, delayed and retried, also for who has the name alone', async () => {
  const broker = testBroker()
  const queue = broker.queue(letters)
  const ran: unknown[] = []
  queue.process((payload, { attempt }) => {
    if (payload === 3 && attempt === 1) throw new Error('once more')
    ran.push(payload)
  })
  for (let i = 0; i < 8; i++) await queue.enqueue(i, { key: `tenant-${i}`, delayMs: i % 2 === 0 ? 0 : 3_600_000 })
  await broker.queue('letters').enqueue(8)
  await broker.drain()
  expect(ran.toSorted((a, b) => Number(a) - Number(b))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect((await queue.stats()).waiting).toBe(0)
})

it('what was enqueued is in order, by the ids that its users have', async () => {
  const broker = testBroker()
  const queue = broker.queue(letters)
  const ids: string[] = []
  for (let i = 0; i < 6; i++) ids.push((await queue.enqueue(i, { key: `${i}` })).id)
  expect(broker.enqueued(letters).map(({ id, payload }) => [id, payload])).toEqual(ids.map((id, i) => [id, i]))
})

it('drain names what is left by these ids', async () => {
  const broker = testBroker()
  const queue = broker.queue(letters)
  const { id } = await queue.enqueue('a', { key: 'b' })
  await expect(broker.drain()).rejects.toThrow(`queue letters (1 waiting (${id}); no worker processes this queue)`)
})
