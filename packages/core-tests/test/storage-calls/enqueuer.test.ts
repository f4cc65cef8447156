import { defineQueue } from '@mq/core'
import type { EnqueueOptions } from '@mq/core'
import { expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

// A storage does more for some tasks than for others, and nothing else while it stores a batch.
it.each<[kind: string, most: number, optionsOf: (i: number) => EnqueueOptions]>([
  ['plain tasks', 1_000, () => ({})],
  ['with a priority', 1_000, (i) => ({ priority: i % 10 })],
  ['with own ids', 500, (i) => ({ id: `own-${i}` })],
  ['with keys of a deduplication', 500, (i) => ({ dedupe: { key: `${i}`, windowMs: 1_000 } })],
  ['with keys', 250, (i) => ({ key: `${i % 7}` })],
  ['with keys and ids', 250, (i) => ({ key: `${i % 7}`, id: `own-${i}` })],
])('of 2,000 callers at once, %s, a call stores at most %i', async (_, most, optionsOf) => {
  const sizes: number[] = []
  const { broker } = brokerBench((inner) =>
    withQueue(inner, (queue) => ({
      enqueue(batch) {
        sizes.push(batch.tasks.length)
        return queue.enqueue(batch)
      },
    })),
  )
  const queue = broker.queue(defineQueue({ name: 'q' }))
  await Promise.all(Array.from({ length: 2_000 }, (_, i) => queue.enqueue(i, optionsOf(i))))
  expect(Math.max(...sizes)).toBe(most)
  expect(sizes).toHaveLength(2_000 / most)
  expect((await queue.stats()).waiting).toBe(2_000)
  await broker.close()
})
