// What a key leaves behind in a former partition, when its tasks are elsewhere.
import { defineQueue } from '@mq/core'
import type { QueueLimits } from '@mq/core'
import { expect, it } from 'vitest'
import { lab } from './lab.ts'

const named = (partitions: number, more: { limits?: QueueLimits; attempts?: number } = {}) =>
  defineQueue<number>({ name: 'work', partitions, ...more })

it('a dead letter that is redriven in a former partition leaves its key in the new one', async () => {
  const { clock, open } = lab()
  const queue = open().queue(named(2, { attempts: 1 }))
  await queue.enqueue(0, { key: 'k' })
  const failing = queue.process(() => Promise.reject(new Error('no')))
  await clock.advance(60_000)
  await failing.close()
  await queue.repartition(7, { preview: true })
  await queue.enqueue(9, { key: 'k', id: 'own' })
  const worker = queue.process(() => undefined)
  await clock.advance(5_000)
  await worker.close()
  await queue.pause()
  await queue.dead.redrive('all')
  expect((await queue.enqueue(9, { key: 'k', id: 'own' })).existing).toBe(true)
})
