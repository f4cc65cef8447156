import { createBroker, defineQueue, MqError, silentLogger } from '@mq/core'
import type { BatchHandler } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

const upTo = (count: number): { readonly payload: number }[] =>
  Array.from({ length: count }, (_, i) => ({ payload: i }))
const never = (): Promise<never> => new Promise(() => undefined)

describe('a batch that fails', () => {
  it('is reported once, though it is a failure of each', async () => {
    const bench = brokerBench()
    const queue = bench.broker.queue(defineQueue({ name: 'q', attempts: 1 }))
    const error = new Error('all')
    queue.processBatch(
      () => {
        throw error
      },
      { waitMs: 0, retry: 'together' },
    )
    await queue.enqueueAll(upTo(100))
    await bench.clock.advance(1_000)
    expect(bench.errors).toEqual([error])
    expect((await queue.stats()).dead).toBe(100)
  })

  it('by its time runs each of its tasks alone, and only the one that hangs is dead', async () => {
    const bench = brokerBench()
    const { broker, clock, errors } = bench
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1, timeoutMs: 1_000 }))
    const tasks = await queue.enqueueAll(upTo(5))
    queue.processBatch((payloads) => (payloads.includes(2) ? never() : undefined), { waitMs: 0 })
    await clock.advance(60_000)
    const states = await Promise.all(tasks.map(async (task) => (await task.outcome()).state))
    expect(states).toEqual(['completed', 'completed', 'dead', 'completed', 'completed'])
    expect(errors.map((error) => MqError.is(error) && error.code)).toEqual(['task-timeout', 'task-timeout'])
    expect(errors).toHaveLength(2)
  })

  it('keeps for its tasks that they are to be alone, also in another worker', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const calls: (readonly unknown[])[] = []
    const handler: BatchHandler = (payloads) => {
      calls.push(payloads)
      if (payloads.length > 1) throw new Error('together they fail')
    }
    const first = queue.processBatch(handler, { size: 5, waitMs: 0 })
    await queue.enqueueAll(upTo(5))
    while (calls.length === 0) await clock.advance(0)
    await first.close()
    queue.processBatch(handler, { size: 5, waitMs: 0 })
    await clock.advance(1_000)
    expect(calls.filter(({ length }) => length > 1)).toHaveLength(1)
    expect(new Set(calls.slice(1).flat())).toEqual(new Set([0, 1, 2, 3, 4]))
  })

  it('gives its tasks back all the same when the note cannot be stored, but not at once', async () => {
    let refuses = true
    const bench = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        note: (notes) => {
          if (refuses) throw new MqError('storage-full', 'no notes')
          return driver.note(notes)
        },
      })),
    )
    const { broker, clock } = bench
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1 }))
    const calls: unknown[] = []
    queue.processBatch(
      (payloads) => {
        calls.push([clock.now(), payloads.length])
        refuses = calls.length < 3
        if (payloads.length > 1) throw new Error('together they fail')
      },
      { size: 3, waitMs: 0 },
    )
    await queue.enqueueAll(upTo(3))
    await clock.advance(10_000)
    expect(calls.slice(0, 3)).toEqual([
      [0, 3],
      [1_000, 3],
      [2_000, 3],
    ])
    expect(calls.slice(3)).toEqual(Array.from({ length: 3 }, () => [2_000, 1]))
    expect(await queue.stats()).toMatchObject({ dead: 0, waiting: 0, running: 0, delayed: 0 })
  })

  it('while its worker closes gives its tasks back without a charge', async () => {
    const bench = brokerBench()
    const { broker, clock, errors } = bench
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1 }))
    const worker = queue.processBatch(
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { waitMs: 0 },
    )
    await queue.enqueueAll(upTo(3))
    await clock.advance(100)
    const closing = worker.close({ deadlineMs: 1_000 })
    await clock.advance(2_000)
    expect(await closing).toMatchObject({ abandoned: [] })
    expect(await queue.stats()).toMatchObject({ waiting: 3, running: 0, dead: 0 })
    expect(errors).toEqual([])
  })

  it('leaves no task behind in its handler that hangs, when its worker closes', async () => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    const worker = queue.processBatch(never, { waitMs: 0 })
    await queue.enqueueAll([
      { payload: 1, id: 'a' },
      { payload: 2, id: 'b' },
    ])
    await clock.advance(100)
    const closing = worker.close({ deadlineMs: 1_000 })
    await clock.advance(5_000)
    expect(await closing).toMatchObject({ abandoned: ['a', 'b'] })
    expect(await queue.stats()).toMatchObject({ waiting: 2, running: 0 })
  })

  it('rejects no promise that nobody awaits, where its answers are refused', async () => {
    const bench = brokerBench()
    const { broker, clock, errors } = bench
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1 }))
    queue.processBatch((payloads) => [...payloads, 1].map(() => Promise.reject(new Error('unheard'))), {
      waitMs: 0,
      retry: 'together',
    })
    await queue.enqueueAll(upTo(2))
    await clock.advance(100)
    expect(errors.map((error) => MqError.is(error) && error.code)).toEqual(['invalid-answers'])
  })

  it('for its own queue, which nobody else processes, is said to be stuck', async () => {
    const bench = brokerBench()
    const { broker, clock, errors } = bench
    const queue = broker.queue('q')
    queue.processBatch(async () => void (await (await queue.enqueue('more')).result()), { size: 2, waitMs: 0 })
    await queue.enqueueAll(upTo(2))
    await clock.advance(10_000)
    expect(errors.map((error) => MqError.is(error) && error.code)).toEqual(['self-wait'])
  })
})

describe('a task that kills its process', () => {
  const LEASE_MS = 1_000

  it.each([5, 40])('among %i ends one worker more than its limit, and its neighbours are done', async (count) => {
    const bench = brokerBench()
    const { broker, clock } = bench
    const queue = broker.queue('q')
    await queue.enqueueAll(upTo(count))
    let deaths = 0
    const done = new Set<unknown>()
    for (let victim = start(), turns = 0; ; turns++) {
      await clock.advance(50)
      const { waiting, delayed, running } = await queue.stats()
      if (waiting + delayed + running === 0 || turns > 10_000) break
      if (!victim.dead) continue
      deaths++
      victim = start()
    }
    expect(deaths).toBeLessThanOrEqual(5)
    expect([...done].sort((a, b) => Number(a) - Number(b))).toEqual([...Array(count).keys()].filter((n) => n !== 3))
    expect(await queue.dead.list()).toMatchObject([{ payload: 3, reason: 'crash-limit' }])

    function start(): { dead: boolean } {
      const victim = { dead: false }
      const unlessDead = <A extends unknown[], R>(call: (...given: A) => Promise<R>) => {
        return (...given: A): Promise<R> => (victim.dead ? new Promise<R>(() => undefined) : call(...given))
      }
      const mortal = withQueue(bench.adapter, (driver) => ({
        settleAndClaim: unlessDead((turn) => driver.settleAndClaim(turn)),
        extend: unlessDead((leases, ms) => driver.extend(leases, ms)),
        note: unlessDead((notes) => driver.note(notes)),
      }))
      const handler: BatchHandler = async (payloads) => {
        if (payloads.includes(3)) victim.dead = true
        if (victim.dead) return never()
        for (const payload of payloads) done.add(payload)
      }
      createBroker(mortal, { clock, logger: silentLogger })
        .queue('q')
        .processBatch(handler, { size: 10, waitMs: 0, leaseMs: LEASE_MS })
      return victim
    }
  })
})
