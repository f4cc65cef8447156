import { defineQueue, MqError } from '@mq/core'
import type { QueueOptions } from '@mq/core'
import { expect, it } from 'vitest'
import { lab } from './lab.ts'

const named = (partitions?: number) => defineQueue<number>({ name: 'work', partitions })

it.each<[string, Partial<QueueOptions>]>([
  ['inbox', { inbox: 'list' }],
  ['outcomes', { outcomes: { maxCount: 10 } }],
  ['capacity.size', { capacity: { size: 3 } }],
  ['limits.concurrency', { limits: { concurrency: 3 } }],
  ['limits.rate.burst', { limits: { rate: { count: 100, perMs: 1_000, burst: 3 } } }],
  ['limits.rate.burst', { limits: { rate: { count: 3, perMs: 1_000 } } }],
])('partitions refuse %s that cannot be shared out, by its name', (option, more) => {
  const define = (): unknown => defineQueue({ name: 'work', partitions: 4, ...more } as QueueOptions)
  expect(define).toThrow(expect.objectContaining({ code: 'unsupported', details: { option } }))
  expect(() => defineQueue({ name: 'work', ...more } as QueueOptions)).not.toThrow()
})

it.each([0, 65, 1.5, '8'])('partitions are 1–64, not %s', (partitions) => {
  expect(() => defineQueue({ name: 'work', partitions: partitions as number })).toThrow(TypeError)
})

it('a rate lets one begin in each partition at once where its burst is not given', () => {
  const { limits } = defineQueue({ name: 'work', partitions: 4, limits: { rate: { count: 8, perMs: 1_000 } } })
  expect(limits).toEqual({ rate: { count: 8, perMs: 1_000, burst: 4 } })
})

it('another number of partitions is refused, and stores nothing', async () => {
  const { open } = lab()
  const first = open()
  const task = await first.queue(named(4)).enqueue(1, { id: 'one' })
  for (const other of [named(8), named()]) {
    const broker = open()
    const queue = broker.queue(other)
    const wanted = other.partitions
    const refused = { code: 'partitions-differ', details: { partitions: 4, wanted } }
    await expect(queue.enqueue(2)).rejects.toMatchObject(refused)
    await expect(queue.task('one').status()).rejects.toMatchObject(refused)
    await expect(queue.stats()).rejects.toMatchObject(refused)
    await expect(queue.schedules.read('daily')).rejects.toMatchObject(refused)
    await broker.close()
  }
  expect((await first.queue(named(4)).stats()).waiting).toBe(1)
  expect(await task.status()).toEqual({ state: 'waiting' })
  await first.close()
})

it('a worker with another number of partitions says so, and waits', async () => {
  const { clock, errors, open } = lab()
  const [first, other] = [open(), open()]
  await first.queue(named(4)).enqueue(1)
  const ran: number[] = []
  other.queue(named(8)).process((n) => void ran.push(n))
  await clock.advance(5_000)
  expect(errors.map((error) => MqError.is(error, 'partitions-differ'))).toEqual([true])
  expect(ran).toEqual([])
  await first.queue(named(4)).obliterate()
  await clock.advance(70_000)
  await other.queue(named(8)).enqueue(2)
  await clock.advance(5_000)
  expect(ran).toEqual([2])
  await Promise.all([first.close(), other.close()])
})

it('a queue that is there stays as it is', async () => {
  const { open } = lab()
  const first = open()
  await first.queue(named()).enqueue(1)
  const other = open()
  const refused = { code: 'partitions-differ', details: { partitions: 1, wanted: 8 } }
  await expect(other.queue(named(8)).enqueue(2)).rejects.toMatchObject(refused)
  expect((await first.queue(named()).stats()).waiting).toBe(1)
  await Promise.all([first.close(), other.close()])
})

it('whoever uses a queue by its name alone sees the whole of it', async () => {
  const { clock, open } = lab()
  const [first, console] = [open(), open()]
  const queue = first.queue(named(4))
  const tasks = await Promise.all(Array.from({ length: 40 }, (_, n) => queue.enqueue(n, { id: `own-${n}` })))
  const seen = console.queue('work')
  expect((await seen.stats()).waiting).toBe(40)
  expect(await seen.task('own-7').cancel()).toBe('cancelled')
  const all: string[] = []
  for await (const page of seen.tasks({ state: 'waiting', limit: 7 })) all.push(...page.tasks.map(({ id }) => id))
  expect(all.sort()).toEqual(
    tasks
      .map(({ id }) => id)
      .filter((id) => id !== 'own-7')
      .sort(),
  )
  const ran: unknown[] = []
  seen.process((n) => void ran.push(n), { concurrency: 5 })
  const added = await seen.enqueue(100)
  await clock.advance(1_000)
  expect(ran).toHaveLength(40)
  expect(await queue.task(added.id).status()).toEqual({ state: 'completed' })
  await Promise.all([first.close(), console.close()])
})

it('has another number of partitions a minute after it was obliterated, unless somebody still uses it', async () => {
  const { clock, open } = lab()
  const [first, other] = [open(), open()]
  const four = first.queue(named(4))
  await four.enqueue(1)
  await four.obliterate()
  await clock.advance(30_000)
  await expect(other.queue(named(8)).enqueue(2)).rejects.toMatchObject({ code: 'partitions-differ' })
  await four.enqueue(3)
  await clock.advance(61_000)
  await expect(other.queue(named(8)).enqueue(2)).rejects.toMatchObject({ code: 'partitions-differ' })
  await four.obliterate()
  await clock.advance(61_000)
  await other.queue(named(8)).enqueue(2)
  await expect(four.enqueue(4)).rejects.toMatchObject({ code: 'partitions-differ' })
  await other.queue(named(8)).obliterate()
  await clock.advance(61_000)
  await open().queue(named()).enqueue(5)
})

it('whoever only looks, by name, does not keep a number of partitions', async () => {
  const { clock, open } = lab()
  const [first, looking] = [open(), open()]
  await first.queue(named(4)).enqueue(1)
  const seen = looking.queue('work')
  expect((await seen.stats()).waiting).toBe(1)
  await first.queue(named(4)).obliterate()
  await first.close()
  for (let i = 0; i < 10; i++) {
    await clock.advance(10_000)
    expect((await seen.stats()).waiting).toBe(0)
  }
  const other = open()
  await other.queue(named(8)).enqueue(2)
  await other.queue(named(8)).enqueue(3)
  expect((await seen.stats()).waiting).toBe(2)
  await other.queue(named(8)).obliterate()
  await other.close()
  await clock.advance(70_000)
  expect((await seen.stats()).waiting).toBe(0)
  const plain = open()
  await plain.queue(named()).enqueue(4)
  expect((await seen.stats()).waiting).toBe(1)
  await Promise.all([plain.close(), looking.close()])
})

it('a process that was idle while the number changed stores nothing where nobody looks any more', async () => {
  const { clock, open } = lab()
  const [first, other, third] = [open(), open(), open()]
  await first.queue(named(4)).enqueue(1)
  await clock.advance(30_000)
  await third.queue(named(4)).obliterate()
  await clock.advance(61_000)
  await other.queue(named(8)).enqueue(2)
  await expect(first.queue(named(4)).enqueue(3)).rejects.toMatchObject({ code: 'partitions-differ' })
  await Promise.all([first.close(), other.close(), third.close()])
})

it('a producer that stores a task just after the queue was obliterated elsewhere keeps the number', async () => {
  for (const then of ['does nothing else', 'ends']) {
    const { clock, open } = lab()
    const [producer, operator, other] = [open(), open(), open()]
    // In one partition, so that there is nothing to mark.
    await producer.queue(named(4)).enqueue(1, { key: 'one' })
    await clock.advance(5_000)
    await operator.queue(named(4)).obliterate()
    await producer.queue(named(4)).enqueue(2, { key: 'one' })
    if (then === 'ends') await producer.close()
    await clock.advance(90_000)
    await expect(other.queue(named(8)).enqueue(3)).rejects.toMatchObject({ code: 'partitions-differ' })
    expect((await operator.queue(named(4)).stats()).waiting).toBe(1)
    await Promise.all([producer.close(), operator.close(), other.close()])
  }
})

it('whoever stores tasks by name keeps the number of partitions that they are in', async () => {
  const { clock, open } = lab()
  const [first, named4] = [open(), open()]
  await first.queue(named(4)).enqueue(1)
  const seen = named4.queue('work')
  expect((await seen.stats()).waiting).toBe(1)
  await first.queue(named(4)).obliterate()
  await first.close()
  await clock.advance(5_000)
  await seen.enqueue(2)
  await clock.advance(70_000)
  await seen.enqueue(3)
  const later = open()
  expect((await later.queue(named(4)).stats()).waiting).toBe(2)
  await Promise.all([named4.close(), later.close()])
})

it('ids of several partitions cannot be stored in one step', async () => {
  const { open } = lab()
  const broker = open()
  const queue = broker.queue(named(8))
  const entries = Array.from({ length: 9 }, (_, n) => ({ payload: n, id: `own-${n}` }))
  await expect(queue.enqueueAll(entries)).rejects.toMatchObject({ code: 'partitions-apart' })
  expect((await queue.stats()).waiting).toBe(0)
  const tasks = await queue.enqueueAll(entries.map(({ payload, id }) => ({ payload, id, key: 'all' })))
  // By their ids alone they are found, too.
  for (const { id } of entries) expect(await queue.task(id).status()).toEqual({ state: 'waiting' })
  expect(await queue.task('own-3').cancel()).toBe('cancelled')
  expect(await tasks[3]!.status()).toEqual({ state: 'cancelled' })
  const again = await queue.enqueue(4, { id: 'own-4', key: 'all' })
  expect(again.existing).toBe(true)
  await broker.close()
})

it('an explanation says which partition it is about', async () => {
  const { clock, open } = lab()
  const broker = open()
  const queue = broker.queue(named(4))
  const task = await queue.enqueue(1)
  const { because, text, facts } = await queue.explain(task.id)
  expect(because).toBe('no-worker')
  expect(facts.partition).toEqual({ index: Number(task.id.slice(-2)), of: 4 })
  expect(text).not.toMatch(/partition/)
  const second = await queue.enqueue(2, { key: 'k' })
  let end!: () => void
  const gate = new Promise<void>((resolve) => (end = resolve))
  queue.process(() => gate, { concurrency: 1, prefetch: false })
  await clock.advance(100)
  const texts = await Promise.all([task, second].map(async ({ id }) => (await queue.explain(id)).text))
  expect(texts.filter((each) => /partition \d of 4/.test(each))).toHaveLength(1)
  end()
  await clock.advance(100)
  await broker.close()
})
