// What docs/partitions.md says that the preview of `repartition` does not keep yet. Each of these becomes a test as any
// other when it is mended: it is red then.
import { defineQueue, limited, MqError } from '@mq/core'
import { expect, it } from 'vitest'
import { lab } from './lab.ts'

const HOUR_MS = 3_600_000

const named = (partitions: number) => defineQueue<number>({ name: 'work', partitions })

it.fails('a queue that was obliterated after a change begins anew with its first number', async () => {
  const { clock, open } = lab()
  const first = open()
  const queue = first.queue(named(4))
  await queue.enqueue(1)
  const worker = queue.process(() => undefined)
  await clock.advance(2 * HOUR_MS)
  await worker.close()
  await queue.repartition(8, { preview: true })
  await clock.advance(180_000)
  await queue.obliterate({ force: true })
  await first.close({ deadlineMs: 0 })
  await clock.advance(120_000)
  const again = open().queue(named(4)).enqueue(2)
  const ended = again.then(
    () => 'stored',
    (error: unknown) => (MqError.is(error) ? error.code : error),
  )
  await clock.advance(60_000)
  expect(await ended).toBe('stored')
})

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
