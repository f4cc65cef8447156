// What docs/partitions.md says that the preview of `repartition` does not keep yet. Each of these becomes a test as any
// other when it is mended: it is red then.
import { defineQueue, limited } from '@mq/core'
import { expect, it } from 'vitest'
import { lab } from './lab.ts'

const named = (partitions: number) => defineQueue<number>({ name: 'work', partitions })

it.fails('a queue that is held is held in its new partitions', async () => {
  const { clock, open } = lab()
  const queue = open().queue(named(2))
  const ran: number[] = []
  queue.process((n) => {
    ran.push(n)
    return n === 0 ? limited({ forMs: 600_000, scope: 'queue' }) : undefined
  })
  await queue.enqueue(0)
  await clock.advance(2_000)
  await queue.repartition(5, { preview: true })
  for (let n = 1; n < 8; n++) await queue.enqueue(n)
  await clock.advance(60_000)
  expect(ran).toEqual([0])
})
