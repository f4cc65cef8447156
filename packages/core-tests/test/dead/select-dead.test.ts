import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'
import { buried } from './buried.ts'

describe('a selection of dead letters', () => {
  it('is by ids or by a filter: both together would be more than was meant', async () => {
    const { queue, ids } = await buried(brokerBench(), {}, {})
    await expect(queue.dead.discard({ ids, reason: 'other' } as never)).rejects.toMatchObject({
      code: 'invalid-options',
    })
    expect((await queue.stats()).dead).toBe(2)
  })

  it.each([null, undefined, 'everything', 7])('is not %o', async (which) => {
    const { queue } = await buried(brokerBench(), {})
    await expect(queue.dead.discard(which as never)).rejects.toThrow(/dead letters/)
  })

  it('by an empty text is none: it would be all that have an error', async () => {
    const { queue } = await buried(brokerBench(), {})
    await expect(queue.dead.discard({ error: '' })).rejects.toMatchObject({ code: 'invalid-options' })
  })
})

describe('a list of dead letters', () => {
  const large = (size: number) => ({ payload: 'x'.repeat(size) })

  it('is read by the page, each as large as was asked for and one letter more, and none is missing', async () => {
    const { queue, ids } = await buried(brokerBench(), ...Array.from({ length: 23 }, () => large(1_000)))
    for (const page of [{ limit: 7 }, { limit: 20, maxBytes: 3_500 }, { limit: 1 }, { maxBytes: 1 }, {}]) {
      const found: string[] = []
      const sizes: number[] = []
      for (let after: { id: string; diedAt: number } | undefined; ;) {
        const letters = await queue.dead.list({ ...page, after })
        if (letters.length === 0) break
        found.push(...letters.map(({ id }) => id))
        sizes.push(letters.length)
        after = letters.at(-1)
      }
      expect(new Set(found).size).toBe(ids.length)
      expect(found).toHaveLength(ids.length)
      const most = page.maxBytes === undefined ? (page.limit ?? 100) : Math.floor(page.maxBytes / 1_000) + 1
      expect(Math.max(...sizes)).toBeLessThanOrEqual(most)
    }
  })

  it('goes on after a letter that is gone, and refuses what is none', async () => {
    const { queue, ids } = await buried(brokerBench(), {}, {}, {})
    const [first] = await queue.dead.list({ limit: 1 })
    await queue.dead.discard({ ids: [first!.id] })
    const left = await queue.dead.list({ after: first })
    expect(new Set(left.map(({ id }) => id))).toEqual(new Set(ids.filter((id) => id !== first!.id)))
    for (const after of [null, 'x', {}, { id: 'a b', diedAt: 1 }, { id: 'a', diedAt: -1 }])
      await expect(queue.dead.list({ after: after as never })).rejects.toMatchObject({ code: /^invalid-/ })
  })
})

describe('the options of a drain', () => {
  it('are checked', async () => {
    const { broker } = brokerBench()
    await expect(broker.queue('q').drain({ timeoutMS: 5 } as never)).rejects.toMatchObject({ code: 'invalid-options' })
  })
})
