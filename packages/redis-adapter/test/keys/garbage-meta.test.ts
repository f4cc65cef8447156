// The `meta` of a queue lost or overwritten while tasks are there.
import { describe, expect, it } from 'vitest'
import { busyQueue } from '../lab/busy-queue.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab
const EMPTY = { waiting: 0, delayed: 0, running: 0 }
const STRANGE = ['', 'abc', '-1', '1.5', 'nan', 'inf', '9'.repeat(40)]
const FIELDS = ['n', 'seen', 'fence']

// Lua takes nan, inf and 0x10 for numbers.
describe.each(FIELDS)('with %s', (field) => {
  it.each(STRANGE)('as %j every task is run', async (value) => {
    const { others, stats } = await busyQueue(lab, ({ key }) => redis.hset(key('meta'), field, value))
    expect(others).toEqual(['victim'])
    expect(stats).toMatchObject(EMPTY)
  })

  it('missing every task is run', async () => {
    const { others, stats } = await busyQueue(lab, ({ key }) => redis.hdel(key('meta'), field))
    expect(others).toEqual(['victim'])
    expect(stats).toMatchObject(EMPTY)
  })

  it.each(STRANGE)('as %j numbers and fences are new ones, and leases end', async (value) => {
    const queue = await lab.queue()
    await queue.addMany(3)
    const before = await queue.worker().claim(1, { leaseMs: 50 })
    await redis.hset(queue.key('meta'), field, value)
    const numbers = await queue.addMany(3)
    expect(numbers.every((n) => /^\d{16}$/.test(n))).toBe(true)
    expect(await redis.hlen(queue.key('tasks'))).toBe(6)
    const worker = queue.worker()
    const claimed = [await worker.claimSoon({ leaseMs: 50 }), await worker.claimSoon({ leaseMs: 50 })]
    const fences = [...before, ...claimed].map(({ fence }) => fence)
    expect(new Set(fences).size).toBe(3)
    expect(fences.every((fence) => Number.isSafeInteger(fence) && fence > 0)).toBe(true)
    // The one whose worker is gone comes back as well.
    const seen = new Set<string>()
    while (seen.size < 6) seen.add((await worker.claimSoon({ leaseMs: 50 })).n)
  })
})

// Workers look at the levels in use only: one that is missing there would never be seen again.
describe('with levels', () => {
  it.each(['', 'abc', '-1', 'nan'])('as %j every task is run', async (value) => {
    const { others, stats } = await busyQueue(lab, ({ key }) => redis.hset(key('meta'), 'levels', value))
    expect(others).toEqual(['victim'])
    expect(stats).toMatchObject(EMPTY)
  })

  it('missing every task is run', async () => {
    const { others, stats } = await busyQueue(lab, ({ key }) => redis.hdel(key('meta'), 'levels'))
    expect(others).toEqual(['victim'])
    expect(stats).toMatchObject(EMPTY)
  })
})

describe('with no meta at all', () => {
  it('every task of every level is run', async () => {
    const queue = await lab.queue()
    for (let level = 0; level < 10; level++) {
      await queue.add({ level, payload: `${level}` }, { level, payload: `${level}`, delayMs: 1 })
    }
    for (let level = 0; level < 10; level++) await queue.makeDue(level)
    await redis.del(queue.key('meta'))
    const claimed = await queue.worker().drain()
    expect(claimed.map(({ payload }) => payload)).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].flatMap((n) => [`${n}`, `${n}`]),
    )
  })

  it('and a new task at one level, those of other levels are run too', async () => {
    const queue = await lab.queue()
    await queue.add({ level: 9 }, { level: 2 })
    await redis.del(queue.key('meta'))
    await queue.add({ level: 4 })
    expect((await queue.worker().drain()).length).toBe(3)
  })
})

describe('with totals', () => {
  const NOTHING = { completed: 0, failed: 0, retried: 0, dead: 0, expired: 0, cancelled: 0 }

  it.each([...STRANGE, '1,2', 'x,,,,,', `${'9'.repeat(40)},0,0,0,0,0`, '0,0,0,0,0,0,0', '0x10,,,,,'])(
    'as %j what went through is counted on, from 0',
    async (value) => {
      const queue = await lab.queue()
      const worker = queue.worker()
      await queue.addMany(4)
      await worker.complete(...(await worker.claim(1)))
      await redis.hset(queue.key('meta'), 'completed', value, 'totals', value)
      expect((await queue.stats()).totals).toMatchObject(NOTHING)
      await worker.complete(...(await worker.claim(1)))
      const [third] = await worker.claim(1)
      await worker.turn({ settlements: [{ kind: 'retry', lease: third!.lease, delayMs: 0, charge: true }] })
      const { failed, retried, completed } = (await queue.stats()).totals
      expect([completed, failed, retried]).toEqual([1, 1, 1])
    },
  )
})
