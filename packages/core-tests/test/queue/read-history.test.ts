// What a queue's history has of what workers did, what it costs, and that its failures disturb nobody.
import { systemClock } from '@mq/core'
import type { BrokerOptions, HistoryQuery, QueueAdmin, WorkSample } from '@mq/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

interface Bench extends BrokerBench {
  readonly samples: WorkSample[]
  readonly queries: HistoryQuery[]
  /** Of the queues that were asked for. */
  readonly drivers: QueueAdmin[]
}

/** `keeps: false`: an adapter without a history. */
function bench({ keeps = true, fails = (): boolean => false, options = {} as Partial<BrokerOptions> } = {}): Bench {
  const [samples, queries] = [[] as WorkSample[], [] as HistoryQuery[]]
  const drivers: QueueAdmin[] = []
  const watched = brokerBench(
    (inner) =>
      withQueue(inner, (driver) => {
        drivers.push(driver)
        if (!keeps) return { sample: undefined, history: undefined }
        return {
          sample(given) {
            samples.push(given)
            if (fails()) throw new Error('away')
            return driver.sample!(given)
          },
          history(query) {
            queries.push(query)
            return driver.history!(query)
          },
        }
      }),
    options,
  )
  return { ...watched, samples, queries, drivers }
}

describe('the history of a queue', () => {
  it('has how long tasks waited and ran, and what went through', async () => {
    const { broker, clock } = bench()
    const queue = broker.queue('q')
    const worker = queue.process(() => new Promise((resolve) => void clock.schedule(() => resolve(1), 400)), {
      concurrency: 1,
    })
    await clock.advance(0)
    for (let i = 0; i < 5; i++) await queue.enqueue(i)
    await clock.advance(20_000)
    const points = await queue.history({ resolution: '10s' })
    const sum = (name: 'enqueued' | 'completed'): number => points.reduce((total, point) => total + point[name], 0)
    expect([sum('enqueued'), sum('completed')]).toEqual([5, 5])
    const { waitMs, runMs } = points.find((point) => point.runMs !== undefined)!
    expect(runMs!.p99 / 400).toBeCloseTo(1, 0.9)
    expect(waitMs!.p50 / 800).toBeCloseTo(1, 0.9)
    expect(waitMs!.p99 / 1_600).toBeCloseTo(1, 0.9)
    const { recent } = await queue.stats()
    expect(recent!.perSecond.completed * recent!.overMs).toBeCloseTo(5_000, -2)
    await worker.close()
  })

  it('counts the time in the buffer of a worker as waiting', async () => {
    const { broker, clock, pause } = bench()
    const queue = broker.queue('q')
    // Of short ones it claims some ahead, and then one takes longer.
    const tasks = [...Array.from({ length: 40 }, () => 1), 80, 1, 1]
    await queue.enqueueAll(tasks.map((payload) => ({ payload })))
    queue.process((ms) => pause(ms as number), { concurrency: 1 })
    await clock.advance(20_000)
    const longest = (await queue.history({ resolution: '10s' })).flatMap(({ waitMs }) => waitMs?.p99 ?? [])
    expect(Math.max(...longest)).toBeGreaterThan(110)
  })

  it('is of the time that is asked for, in order', async () => {
    // The storage begins at the time of day: within the five minutes of this one no hour ends.
    vi.setSystemTime('2026-01-01T00:30:00Z')
    onTestFinished(() => void vi.useRealTimers())
    const { broker, clock } = bench()
    const queue = broker.queue('q')
    queue.process(() => undefined)
    for (let i = 0; i < 30; i++) {
      await queue.enqueue(i)
      await clock.advance(10_000)
    }
    const all = (await queue.history({ resolution: '10s' })).map(({ at }) => at)
    expect(all).toEqual(all.toSorted((a, b) => a - b))
    expect(all.length).toBeGreaterThan(25)
    const [from, to] = [all[5]!, all[9]!]
    const some = await queue.history({ resolution: '10s', from, to })
    expect(some.map(({ at }) => at)).toEqual(all.slice(5, 10))
    expect((await queue.history({ resolution: '10s', from: from + 9_999, to })).map(({ at }) => at)).toEqual(
      all.slice(5, 10),
    )
    expect(await queue.history({ resolution: '1h' })).toEqual([])
  })

  it('is read in pages, and no further back than asked', async () => {
    let now = 0
    const { broker, queries, drivers } = bench({ options: { clock: { ...systemClock, now: () => now } } })
    const queue = broker.queue('q')
    for (; now < 25_000_000; now += 10_000) await drivers[0]!.sample!({ waits: [[0, 1]], runs: [] })
    const all = await queue.history({ resolution: '10s' })
    expect([all.length > 2_450, new Set(all.map(({ at }) => at)).size]).toEqual([true, all.length])
    expect(queries.map(({ skip }) => skip)).toEqual([0, 1_000, 2_000])
    queries.length = 0
    await queue.history({ resolution: '10s', from: all.at(-10)!.at })
    expect(queries).toHaveLength(1)
  })

  it('refuses what is not a time, and what the adapter does not have', async () => {
    const queue = bench().broker.queue('q')
    for (const wrong of [
      {},
      { resolution: '1m' },
      { resolution: '10s', from: -1 },
      { resolution: '1h', to: '1' },
      { since: 1 },
    ]) {
      await expect(queue.history(wrong as never)).rejects.toMatchObject({ code: 'invalid-options' })
    }
    const without = bench({ keeps: false })
    without.broker.queue('q').process(() => undefined)
    await without.clock.advance(60_000)
    await expect(without.broker.queue('q').history({ resolution: '10s' })).rejects.toMatchObject({
      code: 'unsupported',
    })
    expect(without.errors).toEqual([])
  })
})

describe('what a worker measures', () => {
  it('is sent every ten seconds while it works, and once a minute while it does not', async () => {
    const { broker, clock, samples } = bench()
    const queue = broker.queue('q')
    queue.process(() => undefined)
    await clock.advance(0)
    expect(samples).toHaveLength(1)
    await clock.advance(600_000)
    expect(samples).toHaveLength(11)
    samples.length = 0
    for (let i = 0; i < 6; i++) {
      for (let task = 0; task < 50; task++) await queue.enqueue(task)
      await clock.advance(10_000)
    }
    expect(samples).toHaveLength(6)
    const counted = samples.flatMap(({ waits }) => waits.map(([, count]) => count))
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(300)
  })

  it('is not sent again where it failed, which disturbs nobody', async () => {
    let fails = false
    const { broker, clock, samples, errors } = bench({ fails: () => fails })
    const queue = broker.queue('q')
    const worker = queue.process(() => undefined)
    await clock.advance(0)
    fails = true
    for (let task = 0; task < 5; task++) await queue.enqueue(task)
    await clock.advance(10_000)
    fails = false
    expect(samples).toHaveLength(2)
    await clock.advance(60_000)
    expect(samples.slice(2).flatMap(({ runs }) => runs)).toEqual([])
    expect([worker.stats().completed, errors]).toEqual([5, []])
  })

  it('is sent at its end, too, and not of groups', async () => {
    const { broker, clock, samples } = bench()
    const queue = broker.queue('q')
    const worker = queue.process(() => undefined)
    await clock.advance(0)
    await queue.enqueue(1)
    await clock.advance(10)
    const closing = worker.close()
    await clock.advance(100)
    await closing
    expect(samples.at(-1)?.runs.map(([, count]) => count)).toEqual([1])
  })
})
