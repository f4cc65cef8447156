import { describe, expect, it } from 'vitest'
import { brokerBench, fate, withQueue } from '../broker-bench.ts'

describe('a reader of progress()', () => {
  it('leaves at once, though nothing was reported yet', async () => {
    const { broker, clock, timers } = brokerBench()
    const task = await broker.queue('q').enqueue(1)
    const reports = task.progress()[Symbol.asyncIterator]()
    const next = reports.next()
    await clock.advance(50)
    const done = { value: { done: true, value: undefined } }
    expect(await fate(reports.return!())).toEqual(done)
    expect(await fate(next)).toEqual(done)
    expect(timers.size).toBe(0)
  })

  it('is told closed when the broker closes', async () => {
    const { broker, clock } = brokerBench()
    const task = await broker.queue('q').enqueue(1)
    const loop = (async () => {
      for await (const _ of task.progress());
    })()
    await clock.advance(50)
    const closing = broker.close()
    expect(await fate(loop)).toEqual({ error: 'closed' })
    expect(await fate(closing)).toEqual({ value: undefined })
  })

  it('leaves its loop, and the task goes on', async () => {
    const { broker, clock, pause } = brokerBench()
    const queue = broker.queue('q')
    const task = await queue.enqueue(1)
    const loop = (async () => {
      for await (const report of task.progress()) return report
    })()
    queue.process(async (_, { progress }) => {
      progress('half')
      await pause(1_000)
      return 'whole'
    })
    await clock.advance(900)
    expect(await fate(loop)).toEqual({ value: 'half' })
    await clock.advance(1_000)
    expect(await task.result()).toBe('whole')
  })

  it('sees a report once, however often the storage is asked again meanwhile', async () => {
    const { broker, clock, pause } = brokerBench()
    const queue = broker.queue('q')
    const task = await queue.enqueue(1)
    const seen: unknown[] = []
    const loop = (async () => {
      for await (const report of task.progress()) seen.push(report)
    })()
    queue.process(async (_, { progress }) => {
      progress('half')
      await pause(600_000)
      progress('nearly')
      await pause(1_000)
    })
    await clock.advance(700_000)
    await loop
    expect(seen).toEqual(['half', 'nearly'])
  })

  it('sees no report after a newer one, though an answer was on its way for long', async () => {
    const { broker, clock, pause } = brokerBench((inner, virtual) =>
      withQueue(inner, (driver) => ({
        async read(refs, options) {
          const readings = await driver.read(refs, options)
          await new Promise<void>((resolve) => void virtual.schedule(resolve, 250))
          return readings
        },
      })),
    )
    const queue = broker.queue('q')
    const task = await queue.enqueue(1)
    const seen: number[] = []
    const loop = (async () => {
      for await (const report of task.progress()) seen.push(report as number)
    })()
    queue.process(async (_, { progress }) => {
      for (let step = 0; step < 300; step++) {
        progress(step)
        await pause(100)
      }
    })
    await clock.advance(60_000)
    await loop
    expect(seen.length).toBeGreaterThan(200)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })
})
