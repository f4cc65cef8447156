import { defineQueue } from '@mq/core'
import { expect, it } from 'vitest'
import { lab } from './lab.ts'
import { SteppedProcesses } from './stepped-processes.ts'

const named = (partitions?: number) => defineQueue<number>({ name: 'work', partitions })

it('a queue gets more partitions, and fewer, and its tasks are found and run once', async () => {
  const { clock, errors, open } = lab()
  const [broker, stale] = [open(), open()]
  const queue = broker.queue(named(4))
  const other = stale.queue(named(4))
  const tasks = []
  for (let n = 0; n < 40; n++) tasks.push(await other.enqueue(n, n % 2 === 0 ? { id: `own-${n}` } : {}))
  expect(await queue.repartition(8, { preview: true })).toEqual({ partitions: 8, former: [4] })
  for (let n = 40; n < 80; n++) tasks.push(await other.enqueue(n, n % 2 === 0 ? { id: `own-${n}` } : {}))
  expect(await queue.repartition(3, { preview: true })).toEqual({ partitions: 3, former: [8, 4] })
  for (let n = 80; n < 120; n++) tasks.push(await queue.enqueue(n, n % 2 === 0 ? { id: `own-${n}` } : {}))
  for (const each of [queue, other]) {
    expect((await each.stats()).waiting).toBe(120)
    for (const { id } of tasks) expect(await each.task(id).status()).toEqual({ state: 'waiting' })
  }
  const ran: number[] = []
  const worker = other.process((n) => void ran.push(n))
  await clock.advance(5_000)
  expect(ran.sort((one, two) => one - two)).toEqual(Array.from({ length: 120 }, (_, n) => n))
  const again = await queue.enqueue(0, { id: 'own-0' })
  expect(again.existing).toBe(true)
  await clock.advance(2 * 3_600_000)
  expect(await queue.repartition(3, { preview: true })).toEqual({ partitions: 3, former: [] })
  await worker.close()
  expect(errors).toEqual([])
})

it('stats say how many there are, and what those of before have; and explain, where a task is', async () => {
  const { clock, open } = lab()
  const broker = open()
  const queue = broker.queue(defineQueue<number>({ name: 'work', partitions: 2, attempts: 1 }))
  const failed = queue.process(() => Promise.reject(new Error('no')))
  await queue.enqueue(0)
  await clock.advance(1_000)
  await failed.close()
  const task = await queue.enqueue(1)
  expect((await queue.stats()).partitions).toEqual({ of: 2, former: [] })
  expect((await queue.explain(task.id)).facts.partition).toEqual({ index: expect.any(Number), of: 2 })
  await queue.repartition(5, { preview: true })
  const fresh = await queue.enqueue(2)
  expect(await queue.stats()).toMatchObject({
    waiting: 2,
    dead: 1,
    partitions: { of: 5, former: [{ of: 2, tasks: 1, dead: 1 }] },
  })
  expect((await queue.explain(task.id)).facts.partition).toMatchObject({ of: 2, former: true })
  expect((await queue.explain(fresh.id)).facts.partition).toEqual({ index: expect.any(Number), of: 5 })
  expect((await broker.queue('none').stats()).partitions).toBeUndefined()
  await broker.close()
})

it('a task in partitions that came a moment ago is found by who knew those before', async () => {
  const { clock, open } = lab()
  const [queue, stale] = [open().queue(named(4)), open().queue(named(4))]
  await queue.repartition(8, { preview: true })
  await clock.advance(59_900)
  await stale.stats()
  await clock.advance(200)
  expect(await queue.repartition(4, { preview: true })).toMatchObject({ partitions: 4 })
  const task = await queue.enqueue(1)
  expect(await stale.task(task.id).status()).toEqual({ state: 'waiting' })
  expect(await stale.task(task.id).cancel()).toBe('cancelled')
})

it('as many numbers as there is room for, until former ones are empty', async () => {
  const { clock, open } = lab()
  const broker = open()
  const queue = broker.queue(named(4))
  const task = await queue.enqueue(4, { delayMs: 3_600_000 })
  const later = []
  for (const partitions of [5, 6, 7]) {
    expect((await queue.repartition(partitions, { preview: true })).partitions).toBe(partitions)
    later.push(await queue.enqueue(partitions, { delayMs: 3_600_000 }))
  }
  const busy = { code: 'partitions-busy', details: { partitions: 7, former: [6, 5, 4], possible: 0 } }
  await expect(queue.repartition(8, { preview: true })).rejects.toMatchObject(busy)
  expect((await queue.stats()).delayed).toBe(4)
  expect(await queue.repartition(7, { preview: true })).toEqual({ partitions: 7, former: [6, 5, 4] })
  for (const each of later) await each.cancel()
  // What was cancelled is kept for an hour.
  await clock.advance(3_500_000)
  await expect(queue.repartition(8, { preview: true })).rejects.toMatchObject(busy)
  await task.reschedule({ delayMs: 3_600_000 })
  await clock.advance(200_000)
  expect(await queue.repartition(8, { preview: true })).toEqual({ partitions: 8, former: [7, 4] })
  expect(await queue.repartition(64, { preview: true })).toEqual({ partitions: 64, former: [8, 7, 4] })
  // What was made a minute ago may be taken for what is now.
  await clock.advance(60_000)
  expect(await queue.repartition(64, { preview: true })).toEqual({ partitions: 64, former: [4] })
  expect(await task.status()).toMatchObject({ state: 'delayed' })
  await broker.close({ deadlineMs: 0 })
})

it('a definition may have a number that the queue had, and none that it never had', async () => {
  const { clock, open } = lab()
  const first = open()
  await first.queue(named(4)).enqueue(1)
  await first.queue(named(4)).repartition(8, { preview: true })
  for (const of of [4, 8]) {
    const broker = open()
    expect((await broker.queue(named(of)).stats()).waiting).toBe(1)
    await broker.close()
  }
  const other = open()
  const differs = { code: 'partitions-differ', details: { partitions: 8, wanted: 5 } }
  await expect(other.queue(named(5)).enqueue(1)).rejects.toMatchObject(differs)
  const none = open()
  await expect(none.queue(named()).enqueue(1)).rejects.toMatchObject({ details: { partitions: 8, wanted: 1 } })
  await none.close()
  const byName = open()
  expect((await byName.queue('work').stats()).waiting).toBe(1)
  await byName.close()
  await other.close()
  await clock.advance(1_000)
  await first.close()
})

it('a key that has tasks stays where it is until it has none, and each of its tasks comes after the one before', async () => {
  const { clock, open } = lab()
  const broker = open()
  const queue = broker.queue(named(2))
  const ran: number[] = []
  await queue.enqueue(0, { key: 'k' })
  await queue.repartition(7, { preview: true })
  const held = await queue.enqueue(1, { key: 'k' })
  const fresh = await queue.enqueue(2, { key: 'k' })
  const placeOf = (id: string): number => Number(id.slice(-2))
  expect(placeOf(held.id)).toBeLessThan(2)
  expect(placeOf(fresh.id)).toBe(placeOf(held.id))
  const worker = queue.process((n) => void ran.push(n), { concurrency: 1 })
  await clock.advance(1_000)
  expect(ran).toEqual([0, 1, 2])
  const moved = await queue.enqueue(3, { key: 'k' })
  expect(placeOf(moved.id)).toBeGreaterThanOrEqual(2)
  await worker.close()
  await broker.close()
})

it('queues with limits of all tasks, and queues without partitions, are refused, and nothing is done', async () => {
  const { open } = lab()
  const broker = open()
  const limited = broker.queue(defineQueue<number>({ name: 'limited', partitions: 2, limits: { concurrency: 4 } }))
  const worker = limited.process(() => undefined)
  await limited.enqueue(1)
  await limited.limits.set({ concurrency: 4 })
  await expect(limited.repartition(3, { preview: true })).rejects.toMatchObject({ code: 'unsupported' })
  await expect(broker.queue('plain').repartition(3, { preview: true })).rejects.toMatchObject({ code: 'unsupported' })
  await expect(broker.queue(defineQueue({ name: 'none' })).repartition(3, { preview: true })).rejects.toMatchObject({
    code: 'unsupported',
  })
  await expect(limited.repartition(65, { preview: true })).rejects.toMatchObject({ code: 'invalid-options' })
  const without = (limited.repartition as (partitions: number, options?: object) => Promise<unknown>).bind(limited)
  for (const options of [undefined, {}, { preview: false }]) {
    await expect(without(3, options)).rejects.toMatchObject({ code: 'invalid-options', details: { option: 'preview' } })
  }
  const queue = broker.queue(named(2))
  await queue.enqueue(1)
  await queue.repartition(3, { preview: true })
  await expect(queue.limits.set({ concurrency: 4 })).rejects.toMatchObject({ code: 'unsupported' })
  await worker.close({ deadlineMs: 0 })
  await broker.close({ deadlineMs: 0 })
})

it('a paused queue is paused in its new partitions, too, and a schedule stays one', async () => {
  const { clock, open } = lab()
  const [broker, other] = [open(), open()]
  const queue = broker.queue(named(2))
  await queue.enqueue(1)
  await other.queue(named(2)).pause()
  await queue.repartition(5, { preview: true })
  let ran = 0
  const worker = queue.process(() => void ran++)
  for (let n = 0; n < 10; n++) await queue.enqueue(n)
  await clock.advance(5_000)
  expect(ran).toBe(0)
  await other.queue(named(2)).resume()
  await clock.advance(5_000)
  expect(ran).toBe(11)
  await worker.close()
  await Promise.all([broker.close(), other.close()])
})

it('says how many partitions find room where there are others, or where these lie apart', async () => {
  const { clock, open } = lab()
  const queue = open().queue(named(30))
  await queue.repartition(40, { preview: true })
  await clock.advance(70_000)
  const apart = { code: 'partitions-busy', details: { partitions: 40, former: [], possible: 30 } }
  await expect(queue.repartition(50, { preview: true })).rejects.toMatchObject(apart)
  await expect(queue.repartition(50, { preview: true })).rejects.toThrow('more than 30 find no room')
  await queue.enqueue(1, { delayMs: 3_600_000 })
  await queue.repartition(30, { preview: true })
  const former = { code: 'partitions-busy', details: { partitions: 30, former: [40], possible: 30 } }
  await expect(queue.repartition(50, { preview: true })).rejects.toMatchObject(former)
})

it('an idle process does nothing with former partitions of a queue that was obliterated', async () => {
  for (const isObliterated of [false, true]) {
    const processes = new SteppedProcesses()
    const [first, idle] = [processes.open(0), processes.open(1)]
    const task = { level: 4, delayMs: 24 * 3_600_000, header: '', payload: '1' }
    await first.enqueue({ lane: 'producer.0', seq: 1, atomic: false, tasks: [task] })
    await first.divide(5)
    await idle.stats()
    await processes.clock.advance(50_000)
    if (isObliterated) await first.apply({ kind: 'obliterate', force: true })
    await processes.clock.advance(200_000)
    expect(processes.sealed.has(1)).toBe(!isObliterated)
    expect(processes.changes).toBe(1)
  }
})
