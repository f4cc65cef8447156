// Results: kept in the order in which tasks ended, bounded in number, bytes and time; and those who wait for one.
import { DEFAULT_KEEP } from '@mq/core'
import type { Hint } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()

/** Adds and completes so many tasks, each with its number as its result, and answers the numbers. */
async function completed(queue: QueuePort, count: number, result = (n: string): string => n): Promise<string[]> {
  const worker = queue.worker()
  const all: string[] = []
  for (let from = 0; from < count; from += 500) {
    const numbers = await queue.addMany(Math.min(500, count - from))
    const claimed = await worker.claim()
    await worker.settle(...claimed.map(({ lease, n }) => ({ kind: 'complete', lease, result: result(n) }) as const))
    all.push(...numbers)
  }
  return all
}

const bodyOf = async (queue: QueuePort, n: string): Promise<string | undefined> => {
  const reading = await queue.read(n)
  return reading.state === 'ended' ? reading.outcome.body : reading.state
}

describe('a result', () => {
  it('is kept among the last 10,000 at least, and few more', async () => {
    const queue = await lab.queue()
    const numbers = await completed(queue, 12_000)
    expect(await bodyOf(queue, numbers.at(-10_000)!)).toBe(numbers.at(-10_000))
    expect(await bodyOf(queue, numbers[0]!)).toBe('unknown')
    expect(await lab.redis.hlen(queue.key('results'))).toBeLessThanOrEqual(11_000)
    expect(await lab.redis.llen(queue.key('order'))).toBeLessThanOrEqual(11_100)
  })

  it('is no longer told after an hour, and then dropped by the next ends', async () => {
    const queue = await lab.queue()
    const [old = ''] = await completed(queue, 1)
    const [young = ''] = await completed(queue, 1)
    const age = async (n: string, ms: number, place: number): Promise<void> => {
      const [, letter, at, body] = (await lab.redis.hget(queue.key('results'), n))!.split('|')
      await lab.redis.hset(queue.key('results'), n, `${n}|${letter}|${Number(at) - ms}|${body}`)
      await lab.redis.lset(queue.key('order'), place, `=1 1 ${Number(at) - ms}`)
    }
    await age(old, DEFAULT_KEEP.results.maxAgeMs + 1_000, 0)
    await age(young, DEFAULT_KEEP.results.maxAgeMs - 60_000, 2)
    expect(await bodyOf(queue, old)).toBe('unknown')
    expect(await bodyOf(queue, young)).toBe(young)
    const [next = ''] = await completed(queue, 1)
    expect((await lab.redis.hkeys(queue.key('results'))).sort()).toEqual([young, next].sort())
  })

  it('is dropped, oldest first, when they are more than 64 MiB together', async () => {
    const queue = await lab.queue()
    const text = `"${'x'.repeat(1_000_000)}"`
    const numbers: string[] = []
    for (let i = 0; i < 9; i++) {
      const worker = queue.worker()
      numbers.push(...(await queue.addMany(10)))
      for (const { lease } of await worker.claim()) await worker.settle({ kind: 'complete', lease, result: text })
    }
    const bytes = (await lab.redis.hvals(queue.key('results'))).reduce((sum, each) => sum + each.length, 0)
    expect(bytes).toBeLessThanOrEqual(67_108_864)
    expect(bytes).toBeGreaterThan(60_000_000)
    expect(await bodyOf(queue, numbers[0]!)).toBe('unknown')
    expect(await bodyOf(queue, numbers.at(-1)!)).toBe(text)
  })

  it('is not kept where nobody wants results, and the ends of tasks without one are', async () => {
    const queue = await lab.queue()
    const [done = '', buried = '', expired = '', cancelled = ''] = await queue.addMany(4)
    const worker = queue.worker()
    await queue.cancel(cancelled)
    const [first, second, third] = await worker.claim(3, { keepResults: false })
    await worker.turn({
      keepResults: false,
      settlements: [
        { kind: 'complete', lease: first!.lease, result: '1' },
        { kind: 'bury', charge: true, lease: second!.lease, reason: 'bad', detail: '"why"' },
        { kind: 'expire', lease: third!.lease },
      ],
    })
    expect(await queue.read(done)).toEqual({ state: 'unknown' })
    expect(await queue.read(buried)).toMatchObject({ outcome: { state: 'dead', reason: 'bad' } })
    expect(await queue.read(expired)).toMatchObject({ outcome: { state: 'expired' } })
    expect(await queue.read(cancelled)).toMatchObject({ outcome: { state: 'cancelled' } })
    expect(await lab.redis.hlen(queue.key('results'))).toBe(2)
  })
})

describe('those who wait', () => {
  it('a thousand at once share one connection, and are told without asking again', async () => {
    const name = lab.freshName()
    const broker = await lab.broker()
    const queue = broker.queue(name)
    const tasks = await queue.enqueueAll(Array.from({ length: 1_000 }, (_, payload) => ({ payload })))
    const waiting = tasks.map((task) => task.result())
    await eventually(async () => (await lab.redis.hlen(`mq:{${name}}:waiters`)) === 1_000, 'a thousand waiters')
    const list = String(await lab.redis.client('LIST'))
      .trim()
      .split('\n')
    expect(list.length).toBe(3)
    ;(await lab.broker()).queue(name).process((payload) => payload, { concurrency: 100 })
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    expect(await lab.redis.exists(`mq:{${name}}:waiters`)).toBe(0)
  })

  it('in several processes are all told, and none is told of what it did not ask for', async () => {
    const queue = await lab.queue()
    const [one, other, third] = [await lab.queue(queue.name), await lab.queue(queue.name), await lab.queue(queue.name)]
    const heard: Hint[][] = [await one.hear(), await other.hear(), await third.hear()]
    const [a = '', b = ''] = await queue.addMany(2)
    await one.driver.read([{ n: a }], { watch: true })
    await other.driver.read([{ n: a }, { n: b }], { watch: true })
    const worker = queue.worker()
    await worker.complete(...(await worker.claim(2)))
    const ends = (hints: Hint[]): string[] => hints.flatMap((hint) => (hint.kind === 'ended' ? [hint.n] : []))
    await eventually(() => ends(heard[1]!).length === 2, 'both ends at the second')
    await eventually(() => ends(heard[0]!).length === 1, 'the end at the first')
    expect(heard.map(ends)).toEqual([[a], [a, b], []])
  })

  it('for one task are the 64 participants that asked last, which then know that they may be left out', async () => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    const noted = async (): Promise<string[]> => ((await lab.redis.hget(queue.key('waiters'), n)) ?? '').split(',')
    const gone = Array.from({ length: 62 }, (_, i) => `mq:to:gone-${i}`)
    await lab.redis.hset(queue.key('waiters'), n, gone.join(','))
    const [one, other] = [queue, await lab.queue(queue.name)]
    const watch = async ({ driver }: typeof queue): Promise<unknown> => driver.read([{ n }], { watch: true })
    expect(await watch(one)).toEqual([{ state: 'waiting', n }])
    expect(await watch(other)).toEqual([{ state: 'waiting', n, crowded: true }])
    const [first, second] = (await noted()).slice(62)
    for (let i = 0; i < 3; i++) expect(await watch(one)).toEqual([{ state: 'waiting', n, crowded: true }])
    expect(await noted()).toEqual([...gone, second, first])
    await watch(await lab.queue(queue.name))
    expect(await noted()).toEqual([...gone.slice(1), second, first, expect.stringContaining('mq:')])
  })

  it('leave nothing behind, however the task ends', async () => {
    const queue = await lab.queue()
    const numbers = await queue.add('a', 'b', 'c', 'd', 'e', { delayMs: 60_000 }, { delayMs: 1, id: 'own' })
    const refs = numbers.map((n) => ({ n }))
    await queue.driver.read([...refs, { id: 'own' }], { watch: true })
    await queue.driver.read(refs, { watch: true })
    expect(await lab.redis.hlen(queue.key('waiters'))).toBe(7)
    const worker = queue.worker()
    const [a, b, c, d] = await worker.claim(4)
    await worker.settle(
      { kind: 'complete', lease: a!.lease },
      { kind: 'bury', charge: true, lease: b!.lease, reason: 'bad', detail: '' },
      { kind: 'expire', lease: c!.lease },
      { kind: 'retry', lease: d!.lease, delayMs: 60_000, charge: true },
    )
    for (const n of numbers.slice(3)) await queue.cancel(n)
    expect(await lab.redis.exists(queue.key('waiters'))).toBe(0)
  })
})
