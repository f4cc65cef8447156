import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

/** A worker of two slots and quick tasks, of which `concurrency` may be leased over all workers. */
async function meetLimit(concurrency: number, count: number) {
  let [leased, most, turns] = [0, 0, 0]
  const bench = brokerBench((inner, time) =>
    withQueue(inner, (driver) => ({
      async settleAndClaim(turn) {
        await new Promise<void>((resolve) => void time.schedule(resolve, 1))
        const reply = await driver.settleAndClaim(turn)
        turns++
        leased += reply.claimed.length - turn.settlements.length
        most = Math.max(most, leased)
        return reply
      },
    })),
  )
  const definition = defineQueue({ name: 'q', limits: { concurrency } })
  const queue = bench.broker.queue(definition)
  for (let left = count; left > 0; left -= 1_000) {
    await queue.enqueueAll(Array.from({ length: Math.min(left, 1_000) }, (_, payload) => ({ payload })))
  }
  let handle: () => Promise<void> = () => Promise.resolve()
  const worker = queue.process(() => handle(), { concurrency: 2 })
  const stopHere = (): void => void (handle = () => new Promise(() => undefined))
  return { ...bench, definition, worker, stopHere, seen: () => ({ most, turns }) }
}

describe('a worker of a queue whose leases are limited', () => {
  it('holds tasks ahead where that leaves as many leases to others', async () => {
    const { clock, worker, seen } = await meetLimit(1_000, 3_000)
    await clock.advance(1_000)
    expect(worker.stats().completed).toBe(3_000)
    expect(seen().most).toBeGreaterThan(100)
    expect(seen().most).toBeLessThanOrEqual(502)
    // Without any ahead, two are the most for a turn.
    expect(seen().turns).toBeLessThan(100)
  })

  it('holds none where all of them are for its slots', async () => {
    const { clock, worker, seen } = await meetLimit(2, 100)
    await clock.advance(1_000)
    expect(worker.stats().completed).toBe(100)
    expect(seen().most).toBe(2)
  })

  it('leaves half of them if it dies', async () => {
    const { adapter, clock, definition, stopHere } = await meetLimit(100, 3_000)
    await clock.advance(20)
    stopHere()
    const other = createBroker(adapter, { clock, logger: silentLogger })
    let running = 0
    let mostRunning = 0
    other.queue(definition).process(
      async () => {
        mostRunning = Math.max(mostRunning, ++running)
        await new Promise<void>((resolve) => void clock.schedule(resolve, 20))
        running--
      },
      { concurrency: 100 },
    )
    await clock.advance(50)
    expect(mostRunning).toBeGreaterThanOrEqual(48)
  })
})
