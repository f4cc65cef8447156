// A claim read 32 records first, whatever their size: with 1 MB each, the server stood still for a quarter of a second.
import { describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const MOST_BYTES = 4_194_304
const MB = 'x'.repeat(1_000_000)

/** The most memory that the server used meanwhile. */
async function peakDuring(act: () => Promise<unknown>): Promise<number> {
  await lab.redis.config('RESETSTAT')
  await act()
  return Number(/used_memory_peak:(\d+)/.exec(await lab.redis.info('memory'))![1])
}

const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await lab.redis.info('memory'))![1])

async function filled(...sizes: readonly (readonly [count: number, payload: string])[]): Promise<QueuePort> {
  await lab.redis.flushall()
  const queue = await lab.queue()
  for (const [count, payload] of sizes) {
    const most = Math.max(1, Math.floor(MOST_BYTES / payload.length))
    for (let left = count; left > 0; left -= most) await queue.addMany(Math.min(left, most, 1_000), { payload })
  }
  return queue
}

describe.each([
  ['large ones', [[60, MB]]],
  [
    'small ones before large ones',
    [
      [40, 'small'],
      [60, MB],
    ],
  ],
  [
    'middling ones after a small one',
    [
      [33, 'small'],
      [1_000, 'y'.repeat(100_000)],
    ],
  ],
] as const)('a claim of %s', (_, sizes) => {
  it('reads little more than it gives', async () => {
    const queue = await filled(...sizes)
    const before = await used()
    const worker = queue.worker()
    const peak = await peakDuring(() => worker.claim(1_000, { maxBytes: MOST_BYTES }))
    // What is read is there three times: in Lua, in the reply, and in the client's buffer.
    expect(peak - before).toBeLessThan(5 * MOST_BYTES)
  })

  it('gives them all, in their order, never more than it may', async () => {
    const queue = await filled(...sizes)
    const worker = queue.worker()
    const sizesGiven: number[] = []
    for (let claimed = await worker.claim(1_000); claimed.length > 0; claimed = await worker.claim(1_000)) {
      const bytes = claimed.reduce((sum, { payload }) => sum + payload.length, 0)
      expect(claimed.length === 1 || bytes <= MOST_BYTES).toBe(true)
      sizesGiven.push(...claimed.map(({ payload }) => payload.length))
      await worker.complete(...claimed)
    }
    expect(sizesGiven).toEqual(sizes.flatMap(([count, payload]) => Array.from({ length: count }, () => payload.length)))
  })
})

describe('a claim where the first ones are larger than it may take', () => {
  it('gives one, and steps over cancelled ones and suspects before it', async () => {
    const queue = await filled([3, MB])
    const [cancelled = ''] = await lab.redis.lrange(queue.key('ready:4'), 0, 0)
    await queue.cancel(cancelled)
    const worker = queue.worker()
    await queue.lapse((await worker.claimOne({ maxBytes: 10 })).lease)
    const [next] = await worker.claim(10, { maxBytes: 10, suspectFrom: 1 })
    expect(next?.payload).toBe(MB)
    expect(await worker.claim(10, { maxBytes: 10, suspectFrom: 1 })).toEqual([])
    expect(await worker.claim(10, { maxBytes: 10 })).toHaveLength(1)
  })

  it('gives a redriven one that became large', async () => {
    const queue = await filled([2, 'small'])
    const worker = queue.worker()
    const [first] = await worker.claim(1)
    await worker.settle({ kind: 'bury', lease: first!.lease, reason: 'bad', detail: '' })
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n: first!.n, delayMs: 0, payload: MB }] })
    expect((await worker.claim(10, { maxBytes: 100 })).map(({ payload }) => payload)).toEqual(['small'])
    expect((await worker.claim(10, { maxBytes: 100 })).map(({ payload }) => payload)).toEqual([MB])
  })
})

it('sizes are asked for only while there may be large ones', async () => {
  const queue = await filled([1, MB], [10, 'small'])
  expect(await lab.redis.hget(queue.key('meta'), 'large')).toBe('1')
  await queue.worker().drain()
  await queue.addMany(10)
  expect(await lab.redis.hget(queue.key('meta'), 'large')).toBe(null)
})
