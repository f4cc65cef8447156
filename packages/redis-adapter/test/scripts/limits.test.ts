// Calls that hold up Redis: 1,000 × 10 KB kept Redis busy for 50 ms, 100 × 1 MB for 686 ms. No single call may be that large.
import { defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const MEGABYTE = 1_048_576
const large = `"${'x'.repeat(MEGABYTE - 2)}"`

describe('a claim', () => {
  it('of large tasks ends when its bytes are reached, and the others keep their order', async () => {
    const queue = await lab.queue()
    const numbers: string[] = []
    for (let i = 0; i < 12; i++) numbers.push(await queue.addOne({ payload: large }))
    const worker = queue.worker()
    const seen: string[] = []
    while (seen.length < 12) {
      const claimed = await worker.claim(100, { maxBytes: 4 * MEGABYTE + 1_000 })
      expect(claimed.length).toBeGreaterThan(0)
      expect(claimed.length).toBeLessThanOrEqual(4)
      seen.push(...claimed.map(({ n }) => n))
    }
    expect(seen).toEqual(numbers)
  })

  it('gives the first task however large it is', async () => {
    const queue = await lab.queue()
    await queue.add({ payload: large }, { payload: large })
    const worker = queue.worker()
    expect((await worker.claim(10, { maxBytes: 1 })).length).toBe(1)
    expect((await worker.claim(10, { maxBytes: 0 })).length).toBe(1)
  })

  it('of small and large tasks over several levels loses and doubles none', async () => {
    const queue = await lab.queue()
    const numbers: string[] = []
    for (let i = 0; i < 10; i++) {
      const tasks = Array.from({ length: 100 }, (_, k) => ({
        level: (i + k) % 10,
        payload: 'x'.repeat(((i * 100 + k) * 7_919) % 20_000),
      }))
      numbers.push(...(await queue.add(...tasks)))
    }
    const worker = queue.worker()
    const seen: string[] = []
    for (let i = 0; seen.length < 1_000; i++) {
      const maxBytes = [0, 100, 10_000, 100_000, 1_000_000][i % 5]!
      const claimed = await worker.claim(1_000, { maxBytes })
      const bytes = claimed.reduce((sum, { payload }) => sum + payload.length, 0)
      expect(claimed.length === 1 || bytes <= maxBytes).toBe(true)
      seen.push(...claimed.map(({ n }) => n))
    }
    expect(seen.sort()).toEqual(numbers.sort())
    expect(await queue.stats()).toMatchObject({ waiting: 0, running: 1_000 })
  })
})

describe('an enqueue', () => {
  const definition = (name: string) => defineQueue({ name })

  it('of a payload above 1 MiB in bytes is refused, whatever its characters', async () => {
    const name = lab.freshName()
    const queue = (await lab.broker()).queue(definition(name))
    const refused = { code: 'payload-too-large' }
    await expect(queue.enqueue('x'.repeat(MEGABYTE))).rejects.toMatchObject(refused)
    await expect(queue.enqueue('者'.repeat(MEGABYTE / 3 + 1))).rejects.toMatchObject(refused)
    await expect(queue.enqueueAll([{ payload: 1 }, { payload: '者'.repeat(MEGABYTE / 3 + 1) }])).rejects.toMatchObject(
      refused,
    )
    await queue.enqueue('x'.repeat(MEGABYTE - 2))
    expect(await queue.stats()).toMatchObject({ waiting: 1 })
  })

  it('of more than 1,000 tasks or 4 MiB at once is refused as a whole', async () => {
    const name = lab.freshName()
    const queue = (await lab.broker()).queue(definition(name))
    const refused = { code: 'batch-too-large' }
    const many = Array.from({ length: 1_001 }, () => ({ payload: 1 }))
    await expect(queue.enqueueAll(many)).rejects.toMatchObject(refused)
    const heavy = Array.from({ length: 5 }, () => ({ payload: 'x'.repeat(MEGABYTE - 2) }))
    await expect(queue.enqueueAll(heavy)).rejects.toMatchObject(refused)
    expect(await queue.stats()).toMatchObject({ waiting: 0 })
  })

  // Measured in UTF-16 units, 12 MiB of Chinese pass for 4.
  it('of more than 4 MiB of bytes is refused also when its characters are fewer', async () => {
    const name = lab.freshName()
    const queue = (await lab.broker()).queue(definition(name))
    const heavy = Array.from({ length: 5 }, () => ({ payload: '者'.repeat(MEGABYTE / 3 - 2) }))
    await expect(queue.enqueueAll(heavy)).rejects.toMatchObject({ code: 'batch-too-large' })
  })

  it('of many large tasks at one moment goes out in calls of bounded size', async () => {
    const queue = (await lab.broker()).queue(definition(lab.freshName()))
    await lab.redis.call('CONFIG', 'RESETSTAT')
    await Promise.all(Array.from({ length: 20 }, () => queue.enqueue('x'.repeat(MEGABYTE - 2))))
    const stats = await lab.redis.info('commandstats')
    const calls = Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
    expect(calls).toBeGreaterThanOrEqual(5)
  })
})

it('a worker on large tasks holds a bounded number of bytes', async () => {
  const name = lab.freshName()
  const queue = (await lab.broker()).queue(defineQueue({ name }))
  for (let i = 0; i < 24; i++) await queue.enqueue('x'.repeat(MEGABYTE - 100))
  let most = 0
  const worker = (await lab.broker()).queue(defineQueue({ name })).process(() => undefined, { concurrency: 2 })
  await eventually(async () => {
    most = Math.max(most, (await queue.stats()).running)
    return worker.stats().completed === 24
  }, 'all done')
  expect(most).toBeLessThanOrEqual(2 + 5 + 4)
})

it('a page of large dead letters is cut by its bytes', async () => {
  const queue = await lab.queue()
  const worker = queue.worker()
  for (let i = 0; i < 12; i++) await queue.add({ payload: large })
  for (let i = 0; i < 12; i++) {
    const { lease } = await worker.claimOne()
    await worker.settle({ kind: 'bury', charge: false, lease, reason: 'bad', detail: '' })
  }
  const first = await queue.driver.list({ state: 'dead', limit: 12 })
  expect(first.length).toBeGreaterThan(0)
  expect(first.length).toBeLessThan(5)
  const rest = await queue.driver.list({ state: 'dead', after: first.at(-1), limit: 12 })
  expect(rest.length).toBeGreaterThan(0)
})
