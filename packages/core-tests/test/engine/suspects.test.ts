import { MqError } from '@mq/core'
import type { Queue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'
import { makeSuspect } from './make-suspect.ts'

/** Finishes what it is given, but `long` only when told to. */
function work(queue: Queue): { done: unknown[]; aborted: unknown[]; end: () => void } {
  let release = (): void => undefined
  const seen = { done: [] as unknown[], aborted: [] as unknown[], end: () => release() }
  queue.process(
    async (value, { signal }) => {
      signal.addEventListener('abort', () => seen.aborted.push(value))
      if (value === 'long' || value === 'suspect') await new Promise<void>((resolve) => (release = resolve))
      seen.done.push(value)
    },
    { concurrency: 2 },
  )
  return seen
}

describe('a suspect that is cancelled', () => {
  it('while it waits to run alone does not keep its worker from claiming', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const suspect = await queue.enqueue('suspect')
    await makeSuspect(bench)
    await queue.enqueue('long', { priority: 9 })
    const seen = work(queue)
    await clock.advance(500)
    expect(await suspect.cancel()).toBe('cancelled')
    await clock.advance(100)
    seen.end()
    await clock.advance(100)
    for (let i = 0; i < 5; i++) await queue.enqueue(i)
    await clock.advance(10_000)
    expect(seen.done).toEqual(['long', 0, 1, 2, 3, 4])
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
  })

  it('while it runs gives its worker free when its handler ends', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const suspect = await queue.enqueue('suspect')
    await makeSuspect(bench)
    const seen = work(queue)
    await clock.advance(500)
    await queue.enqueue('next')
    expect(await suspect.cancel()).toBe('cancelled')
    await clock.advance(100)
    expect(seen).toMatchObject({ aborted: ['suspect'], done: [] })
    seen.end()
    await clock.advance(5_000)
    expect(seen.done).toEqual(['suspect', 'next'])
  })
})

it('a task whose start cannot be noted is tried again, though not at once', async () => {
  const noted: number[] = []
  const bench = brokerBench((inner, clock) =>
    withQueue(inner, (driver) => ({
      settleAndClaim: async (turn) => {
        const reply = await driver.settleAndClaim(turn)
        return { ...reply, claimed: reply.claimed.map((task) => ({ ...task, crashes: 1 })) }
      },
      note: (notes) => {
        noted.push(clock.now())
        if (noted.length < 3) throw new MqError('storage-full', 'no notes')
        return driver.note(notes)
      },
    })),
  )
  const { broker, clock } = bench
  const queue = broker.queue('q')
  const task = await queue.enqueue(1)
  queue.process(() => 'done')
  await clock.advance(10_000)
  expect(noted).toEqual([0, 1_000, 2_000])
  expect(await task.result()).toBe('done')
})

describe('while a suspect waits', () => {
  /** Two tasks at a time, each of `takesMs`, and as many waiting as the worker can take; what was done, in order. */
  async function underLoad(
    takesMs: number,
    forMs: number,
    withSuspect: boolean,
  ): Promise<{ done: unknown[]; suspectAfterMs: number }> {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    if (withSuspect) {
      await queue.enqueue('suspect')
      await makeSuspect(bench)
    }
    const done: unknown[] = []
    let suspectAfterMs = Infinity
    const begun = clock.now()
    queue.process(
      async (value) => {
        await new Promise<void>((resolve) => clock.schedule(resolve, takesMs))
        done.push(value)
        if (value === 'suspect') suspectAfterMs = clock.now() - begun
        else await queue.enqueue(value)
      },
      { concurrency: 2, prefetch: false },
    )
    await queue.enqueueAll(Array.from({ length: 4 }, (_, i) => ({ payload: i })))
    await clock.advance(forMs)
    return { done, suspectAfterMs }
  }

  it.each([
    [10, 2_500],
    [100, 15_000],
    [1_000, 60_000],
    [5_000, 60_000],
  ])(
    'work of %i ms that never ends goes on at nine tenths of its speed, and the suspect runs',
    async (takesMs, forMs) => {
      const [alone, beside] = await Promise.all([underLoad(takesMs, forMs, false), underLoad(takesMs, forMs, true)])
      expect(beside.suspectAfterMs).toBeLessThan(forMs)
      expect(beside.done.length).toBeGreaterThan(0.85 * alone.done.length - 2)
    },
  )

  it('a worker whose claim of it was refused asks for one again, and never for several', async () => {
    let refusals = 1
    const wanted: number[] = []
    const bench = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          if (turn.want === 0 || turn.suspectFrom !== undefined) return driver.settleAndClaim(turn)
          wanted.push(turn.want)
          if (refusals-- > 0) throw new MqError('storage-refused', 'not now')
          return driver.settleAndClaim(turn)
        },
      })),
    )
    const { broker, clock, pause } = bench
    const queue = broker.queue('q')
    const suspect = await queue.enqueue('suspect')
    await makeSuspect(bench)
    queue.process(
      async (value) => {
        await pause(100)
        if (value !== 'suspect') await queue.enqueue(value)
      },
      { concurrency: 2, prefetch: false },
    )
    await queue.enqueueAll(Array.from({ length: 4 }, (_, i) => ({ payload: i })))
    await clock.advance(10_000)
    expect((await suspect.outcome()).state).toBe('completed')
    expect(wanted).toEqual([1, 1])
  })

  it('a worker that never gets empty runs each of the others within its pause', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    await queue.enqueue('suspect')
    await makeSuspect(bench)
    await queue.enqueue('long', { priority: 9 })
    const waited: number[] = []
    queue.process(
      async (at) => (at === 'long' ? new Promise(() => undefined) : void waited.push(clock.now() - Number(at))),
      { concurrency: 3 },
    )
    for (let i = 0; i < 300; i++) {
      await queue.enqueue(clock.now())
      await clock.advance(7 + (i % 13))
    }
    await clock.advance(2_000)
    expect(waited.length).toBe(300)
    expect(Math.max(...waited)).toBeLessThan(1_000)
    expect(waited.sort((a, b) => a - b)[150]).toBeLessThan(10)
  })

  it('a worker that stopped claiming for it goes on at once when another one took it', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    await queue.enqueue('suspect')
    await makeSuspect(bench)
    const done: unknown[] = []
    const handler = async (value: unknown): Promise<void> => {
      await new Promise<void>((resolve) => clock.schedule(resolve, Number(value) || 0))
      done.push(value)
    }
    queue.process(handler, { concurrency: 3 })
    await queue.enqueueAll([
      { payload: 30_000, priority: 9 },
      { payload: 20_000, priority: 9 },
    ])
    await clock.advance(15_000)
    expect(done).toEqual([])
    queue.process(handler, { concurrency: 1 })
    await clock.advance(2_000)
    expect(done).toEqual(['suspect'])
    await queue.enqueueAll([{ payload: 100 }, { payload: 100 }])
    await clock.advance(2_500)
    expect(done).toEqual(['suspect', 100, 100])
  })
})
