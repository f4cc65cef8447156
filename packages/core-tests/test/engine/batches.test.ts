import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { defineQueue } from '@mq/core'
import type { BatchHandler, Middleware, RunEvent } from '@mq/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { brokerBench } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

const upTo = (count: number): { readonly payload: number }[] =>
  Array.from({ length: count }, (_, i) => ({ payload: i }))

/** Notes what it is given, and when. */
function noting({ clock }: BrokerBench): { readonly calls: unknown[]; readonly handler: BatchHandler } {
  const calls: unknown[] = []
  return { calls, handler: (payloads) => void calls.push([clock.now(), payloads]) }
}

describe('a batch', () => {
  it('begins when the first of its tasks has waited long enough, whenever the others came', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const { calls, handler } = noting(bench)
    queue.processBatch(handler, { size: 10, waitMs: 1_000 })
    await clock.advance(10)
    for (let i = 0; i < 4; i++) {
      await queue.enqueue(i)
      await clock.advance(300)
    }
    await clock.advance(5_000)
    expect(calls).toEqual([[1_010, [0, 1, 2, 3]]])
  })

  it('begins before one of its tasks has waited longer than it may', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const { calls, handler } = noting(bench)
    queue.processBatch(handler, { size: 10, waitMs: 60_000 })
    await clock.advance(1_000)
    await queue.enqueue('patient')
    await clock.advance(1_000)
    const hasty = await queue.enqueue('hasty', { expiresInMs: 4_000 })
    await clock.advance(10_000)
    await queue.enqueue('later')
    await clock.advance(10_000)
    expect(calls).toEqual([[expect.any(Number), ['patient', 'hasty']]])
    expect((calls[0] as [number])[0]).toBeLessThan(6_000)
    expect(await hasty.outcome()).toMatchObject({ state: 'completed' })
  })

  it('is what there is at once, where it waits for none', async () => {
    const bench = brokerBench()
    const queue = bench.broker.queue('q')
    const { calls, handler } = noting(bench)
    await queue.enqueueAll(upTo(3))
    queue.processBatch(handler, { size: 10, waitMs: 0 })
    await bench.clock.advance(0)
    expect(calls).toEqual([[0, [0, 1, 2]]])
  })

  it('of large payloads begins before it is full, so that no more is held than a turn may bring', async () => {
    const bench = brokerBench()
    const queue = bench.broker.queue('q')
    const sizes: number[] = []
    for (let i = 0; i < 8; i++) await queue.enqueue('x'.repeat(900_000))
    queue.processBatch((payloads) => void sizes.push(payloads.length), { size: 100, waitMs: 60_000 })
    await bench.clock.advance(1_000)
    expect(sizes.length).toBeGreaterThan(0)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6)
  })

  it('holds its slot until the last of its tasks has ended', async () => {
    const bench = brokerBench()
    const { broker, clock, pause } = bench
    const queue = broker.queue('q')
    const calls: unknown[] = []
    const worker = queue.processBatch(
      (payloads) => {
        calls.push([clock.now(), payloads])
        return payloads.map((n) => pause(n === 1 ? 1_000 : 0))
      },
      { size: 2, waitMs: 0, prefetch: false },
    )
    await queue.enqueueAll(upTo(4))
    await clock.advance(500)
    expect(worker.stats()).toMatchObject({ running: 1, completed: 1, buffered: 0 })
    expect(await queue.stats()).toMatchObject({ running: 1, waiting: 2 })
    await clock.advance(1_000)
    expect(calls).toEqual([
      [0, [0, 1]],
      [1_000, [2, 3]],
    ])
  })

  it('that is paused while it gathers is given back, and so is one whose worker is quiet', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const { calls, handler } = noting(bench)
    const worker = queue.processBatch(handler, { size: 10, waitMs: 10_000 })
    await queue.enqueueAll(upTo(3))
    await clock.advance(100)
    expect(worker.stats().buffered).toBe(3)
    await queue.pause()
    await clock.advance(100)
    expect(await queue.stats()).toMatchObject({ running: 0, waiting: 3 })
    await queue.resume()
    await clock.advance(100)
    await worker.quiet()
    expect(await queue.stats()).toMatchObject({ running: 0, waiting: 3 })
    worker.resume()
    await clock.advance(20_000)
    expect(calls).toHaveLength(1)
  })

  it('goes without what was cancelled while it gathered, and is none when all of it was', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const { calls, handler } = noting(bench)
    queue.processBatch(handler, { size: 10, waitMs: 1_000 })
    const [first, , last] = await queue.enqueueAll(upTo(3))
    await clock.advance(100)
    await first!.cancel()
    await last!.cancel()
    await clock.advance(2_000)
    const alone = await queue.enqueue(9)
    await clock.advance(100)
    await alone.cancel()
    await clock.advance(2_000)
    expect(calls).toEqual([[1_000, [1]]])
  })

  it('does not run in the asynchronous context of one of its tasks', async () => {
    const bench = brokerBench()
    const queue = bench.broker.queue('q')
    const store = new AsyncLocalStorage<unknown>()
    channel('mq:run:start').bindStore(store, (event) => (event as RunEvent).id)
    onTestFinished(() => void channel('mq:run:start').unbindStore(store))
    const ids: unknown[] = []
    const middleware: Middleware = (next) => (payload, context) => {
      ids.push(store.getStore() === context.id)
      return next(payload, context)
    }
    queue.processBatch(() => void ids.push(store.getStore()), { size: 2, waitMs: 0, middleware: [middleware] })
    await queue.enqueueAll(upTo(2))
    await bench.clock.advance(100)
    expect(ids).toEqual([true, true, undefined])
  })

  it('whose tasks all end in their middleware calls no handler', async () => {
    const bench = brokerBench()
    const queue = bench.broker.queue('q')
    const { calls, handler } = noting(bench)
    const tasks = await queue.enqueueAll(upTo(2))
    queue.processBatch(handler, { waitMs: 0, middleware: [() => () => 'kept back'] })
    await bench.clock.advance(100)
    expect(await Promise.all(tasks.map((task) => task.result()))).toEqual(['kept back', 'kept back'])
    expect(calls).toEqual([])
  })

  it('fails only the task whose middleware calls next again', async () => {
    const bench = brokerBench()
    const queue = bench.broker.queue(defineQueue({ name: 'q', attempts: 1 }))
    const tasks = await queue.enqueueAll(upTo(2))
    const twice: Middleware = (next) => async (payload, context) => {
      await next(payload, context)
      if (payload === 1) await next(payload, context)
      return 'once'
    }
    queue.processBatch(() => undefined, { waitMs: 0, middleware: [twice] })
    await bench.clock.advance(100)
    expect((await tasks[0]!.outcome()).state).toBe('completed')
    expect(await tasks[1]!.outcome()).toMatchObject({ state: 'dead', error: { name: 'TypeError' } })
  })

  it('asks for the limits of its queue as single tasks do', async () => {
    const bench = brokerBench()
    const { broker, clock, pause } = bench
    const queue = broker.queue(defineQueue({ name: 'q', limits: { perKey: { concurrency: 1 } } }))
    const calls: (readonly unknown[])[] = []
    await queue.enqueueAll(['a', 'a', 'b', 'b', 'c'].map((key, i) => ({ payload: `${key}${i}`, key })))
    queue.processBatch(
      async (payloads) => {
        calls.push(payloads)
        await pause(10)
      },
      { size: 10, waitMs: 0 },
    )
    await clock.advance(5_000)
    expect(calls).toEqual([
      ['a0', 'b2', 'c4'],
      ['a1', 'b3'],
    ])
  })
})
