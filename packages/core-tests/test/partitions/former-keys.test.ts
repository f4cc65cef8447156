// What a key leaves behind in a former partition, when its tasks are elsewhere.
import { defineQueue, limited } from '@mq/core'
import type { Queue, QueueLimits } from '@mq/core'
import { expect, it } from 'vitest'
import { lab } from './lab.ts'

const HOUR_MS = 3_600_000

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

it('an id of a former partition belongs to the task of a whole batch that replaces it in the new one', async () => {
  const { clock, open } = lab()
  const queue = open().queue(named(2, { attempts: 1 }))
  const ran: number[] = []
  const worker = queue.process((n) => {
    ran.push(n)
    if (n === 0) throw new Error('no')
  })
  await queue.enqueue(0, { id: 'dead' })
  await queue.enqueue(1, { id: 'done' })
  await clock.advance(60_000)
  await queue.repartition(7, { preview: true })
  for (const id of ['dead', 'done']) await queue.enqueueAll([{ payload: 2, id, existing: 'replace' }])
  await queue.dead.redrive('all')
  await clock.advance(5_000)
  expect(ran).toEqual([0, 1, 2, 2])
  for (const id of ['dead', 'done']) expect((await queue.enqueue(2, { id })).existing).toBe(true)
  await worker.close()
})

it('a key that has no task keeps its rate', async () => {
  const { clock, open } = lab()
  const queue = open().queue(named(2, { limits: { perKey: { rate: { count: 1, perMs: HOUR_MS, burst: 1 } } } }))
  const ran: number[] = []
  queue.process((n) => void ran.push(n))
  await queue.enqueue(0, { key: 'k' })
  await clock.advance(1_000)
  await queue.repartition(7, { preview: true })
  await queue.enqueue(1, { key: 'k' })
  await clock.advance(10_000)
  expect(ran).toEqual([0])
  await clock.advance(HOUR_MS)
  expect(ran).toEqual([0, 1])
  await clock.advance(HOUR_MS)
  const moved = await queue.enqueue(2, { key: 'k' })
  expect(Number(moved.id.slice(-2))).toBeGreaterThanOrEqual(2)
})

it('a key that is held without a task is held after a change', async () => {
  const { clock, open } = lab()
  const queue = open().queue(named(2))
  const ran: number[] = []
  queue.process((n) => {
    ran.push(n)
    return n === 0 ? limited({ forMs: HOUR_MS, scope: 'key' }) : undefined
  })
  const held = await queue.enqueue(0, { key: 'k' })
  await clock.advance(1_000)
  await held.cancel()
  await queue.repartition(7, { preview: true })
  await queue.enqueue(1, { key: 'k' })
  await clock.advance(60_000)
  expect(ran).toEqual([0])
  await clock.advance(HOUR_MS)
  expect(ran).toEqual([0, 1])
})

it('who begins asks the former partitions first, also where its number is one that the queue had twice', async () => {
  const { clock, open } = lab()
  const of4 = defineQueue<number>({ name: 'work', partitions: 4 })
  const queue = open().queue(of4)
  await queue.repartition(8, { preview: true })
  await clock.advance(130_000)
  await queue.enqueue(1, { id: 'X' })
  const { id } = await queue.enqueue(2, { key: 'k' })
  expect(await queue.repartition(4, { preview: true })).toEqual({ partitions: 4, former: [8] })
  for (const begun of [() => open().queue(of4), () => open().queue('work') as Queue<number>]) {
    expect((await begun().enqueue(1, { id: 'X' })).existing).toBe(true)
    const second = await begun().enqueue(3, { key: 'k' })
    const [third] = await begun().enqueueAll([{ payload: 4, key: 'k' }])
    expect([second.id, third!.id].map((each) => each.slice(-2))).toEqual([id.slice(-2), id.slice(-2)])
  }
})
