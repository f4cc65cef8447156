import type { Queue } from '@mq/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { taskChunks } from '../../src/api/task-chunks.ts'

const MIB = 1 << 20

/** A queue of tasks of these sizes, and what was asked of it. */
function queueOf(sizes: readonly number[]) {
  const calls: { limit: number; bytes: number }[] = []
  const tasks = ({ after, limit = 0 }: { after?: string; limit?: number }) => ({
    first: async () => {
      const from = Number(after ?? 0)
      const some = sizes.slice(from, from + limit)
      calls.push({ limit, bytes: some.reduce((sum, size) => sum + size, 0) })
      const next = from + limit < sizes.length ? { next: `${from + limit}` } : {}
      return { tasks: some.map((bytes, i) => ({ id: `t${from + i}`, bytes })), ...next }
    },
  })
  return { queue: { tasks } as unknown as Queue, calls }
}

async function read(sizes: readonly number[], most: number) {
  const { queue, calls } = queueOf(sizes)
  const ids: string[] = []
  const options = { state: 'waiting', payloads: true, most: () => most } as const
  for await (const { tasks } of taskChunks(queue, options)) ids.push(...tasks.map(({ id }) => id))
  return { ids, calls }
}

it.each([100, 1_000, 4_000, 20_000, 200_000, MIB])(
  'asks for less than a MiB of tasks of %i bytes at once, once it knows how large they are',
  async (size) => {
    const { calls } = await read(
      Array.from({ length: 2_000 }, () => size),
      500,
    )
    const [first, ...others] = calls
    expect(first?.limit).toBe(20)
    expect(Math.max(...others.map(({ bytes }) => bytes))).toBeLessThanOrEqual(MIB)
    // And of small ones as many as it may: a call has its price, too.
    if (size <= 1_000) expect(Math.max(...others.map(({ limit }) => limit))).toBe(500)
  },
)

it('reads each task once, whatever their sizes', async () => {
  const sizes = fc.array(fc.oneof(fc.constant(0), fc.nat(5_000), fc.nat(2 * MIB)), { maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 500 }), async (given, most) => {
      const { ids, calls } = await read(given, most)
      expect(ids).toEqual(given.map((_, i) => `t${i}`))
      expect(Math.max(...calls.map(({ limit }) => limit))).toBeLessThanOrEqual(most)
    }),
    { numRuns: 50 },
  )
})
