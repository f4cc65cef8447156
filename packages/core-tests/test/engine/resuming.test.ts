// A worker that is resumed while a turn is given up for its quiet goes on: it once took that for a storage that was closed.
import { expect, it } from 'vitest'
import { away, brokerBench, fate, withQueue } from '../broker-bench.ts'

it.each([0, 1, 2, 3, 5, 8, 13, 21, 34])(
  'a turn that was given up ends no worker that is resumed %i microtasks later',
  async (ticks) => {
    let isAway = true
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        settleAndClaim: (turn) => (isAway ? Promise.reject(away(false)) : driver.settleAndClaim(turn)),
      })),
    )
    const queue = broker.queue('q')
    const task = await queue.enqueue(7)
    const worker = queue.process((n) => n)
    await clock.advance(500)
    const quiet = worker.quiet()
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
    worker.resume()
    await clock.advance(5_000)
    expect(await fate(quiet)).toEqual({ value: undefined })
    isAway = false
    await clock.advance(10_000)
    expect(await fate(task.result())).toEqual({ value: 7 })
    const closing = worker.close()
    await clock.advance(20_000)
    expect(await fate(closing)).toMatchObject({ value: { abandoned: [] } })
  },
)
