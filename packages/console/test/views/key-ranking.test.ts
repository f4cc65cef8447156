import { createVirtualClock } from '@mq/core/testing'
import type { KeyFacts, KeysOptions, Queue } from '@mq/core'
import { expect, it } from 'vitest'
import { KeyRanking } from '../../src/views/key-ranking.ts'

/** A queue of so many keys, whose calls are counted. */
function queueOf(name: string, count: number): { queue: Queue; calls: () => number } {
  let calls = 0
  const keys = async ({ limit = 100, after = '0' }: KeysOptions = {}) => {
    calls++
    const from = Number(after)
    const page = Array.from({ length: Math.min(limit, count - from) }, (_, i): KeyFacts => {
      return { key: `k${from + i}`, waiting: from + i, running: 0, nextEnqueuedAt: count - from - i }
    })
    return { keys: page, ...(from + limit < count && { next: String(from + limit) }) }
  }
  return { queue: { name, keys } as unknown as Queue, calls: () => calls }
}

it('looks at five thousand keys at the most, and says that there are more', async () => {
  const { queue, calls } = queueOf('q', 1_000_000)
  const { keys, scanned, more } = await new KeyRanking().first(queue, 'waiting', 2)
  expect([keys.map(({ key }) => key), scanned, more]).toEqual([['k4999', 'k4998'], 5_000, true])
  expect(calls()).toBe(20)
})

it('looks once for all who look at the same time, in whatever order, and forgets queues', async () => {
  const clock = createVirtualClock()
  const ranking = new KeyRanking(clock)
  const { queue, calls } = queueOf('q', 10)
  const first = await Promise.all([ranking.first(queue, 'waiting', 1), ranking.first(queue, 'oldest', 1)])
  expect(first.map(({ keys }) => keys[0]!.key)).toEqual(['k9', 'k9'])
  expect([calls(), first[0]!.more]).toEqual([1, false])
  await clock.advance(2_000)
  await ranking.first(queue, 'waiting', 1)
  expect(calls()).toBe(2)
  for (let i = 0; i < 20; i++) await ranking.first(queueOf(`q${i}`, 1).queue, 'waiting', 1)
  await ranking.first(queue, 'waiting', 1)
  expect(calls()).toBe(3)
})

it('begins no other look before the last one has ended, however long that takes', async () => {
  const clock = createVirtualClock()
  const ranking = new KeyRanking(clock)
  const { queue, calls } = queueOf('q', 1)
  const slow = {
    name: 'q',
    keys: () => new Promise((resolve) => clock.schedule(() => resolve(queue.keys()), 10_000)),
  } as unknown as Queue
  const looks = [ranking.first(slow, 'waiting', 1)]
  await clock.advance(9_000)
  looks.push(ranking.first(slow, 'waiting', 1))
  await clock.advance(1_000)
  await Promise.all(looks)
  await clock.advance(1_999)
  await ranking.first(slow, 'waiting', 1)
  expect(calls()).toBe(1)
})

it('asks anew after a look that failed', async () => {
  const ranking = new KeyRanking()
  const { queue } = queueOf('q', 1)
  let fails = true
  const keys = async () => (fails ? Promise.reject(new Error('away')) : queue.keys())
  const shaky = { name: 'q', keys } as unknown as Queue
  await expect(ranking.first(shaky, 'waiting', 1)).rejects.toThrow('away')
  fails = false
  expect(await ranking.first(shaky, 'waiting', 1)).toMatchObject({ scanned: 1 })
})
