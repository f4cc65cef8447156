// Hints are only hints: losing one costs time, never a task, a result or a place in line.
import type { Hint } from '@mq/core'
import { defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

/** The first poll, and what a call takes. */
const POLL_MS = 2_050
/** The longest. */
const MOST_POLL_MS = 15_000

/** A broker that hears nothing but what the test says. */
function deafBench(): BrokerBench & { readonly say: (hint: Hint) => void } {
  const listeners: ((hint: Hint) => void)[] = []
  const bench = brokerBench((inner) =>
    withQueue(inner, () => ({
      async listen(listener) {
        listeners.push(listener)
        return { live: true, close: async () => undefined }
      },
    })),
  )
  return { ...bench, say: (hint) => listeners.forEach((listen) => listen(hint)) }
}

describe('where every hint is lost', () => {
  it('a sleeping worker finds a task by its next poll', async () => {
    const { broker, clock } = deafBench()
    const queue = broker.queue('q')
    const ran: unknown[] = []
    queue.process(async (value) => void ran.push(value))
    for (const round of [1, 2, 3]) {
      await clock.advance(100_000)
      await queue.enqueue(round)
      await clock.advance(MOST_POLL_MS)
      expect(ran.at(-1)).toBe(round)
    }
  })

  it.each([100, 10_000, 600_000])('who awaits a result for %i ms has it by the next look', async (waitedMs) => {
    const { broker, clock } = deafBench()
    const queue = broker.queue('q')
    const results: unknown[] = []
    const task = await queue.enqueue('value')
    void task.result().then((value) => results.push(value))
    await clock.advance(waitedMs)
    queue.process(async (value) => value)
    // About as long as it waited already, a minute at the most.
    await clock.advance(MOST_POLL_MS + Math.min(60_000, 1.2 * waitedMs))
    expect(results).toEqual(['value'])
  })

  it('who waits for room in a full queue has it by the next poll', async () => {
    const { broker, clock } = deafBench()
    const queue = broker.queue(defineQueue({ name: 'q', capacity: { size: 1 } }))
    await queue.enqueue(1)
    let stored = false
    void queue.enqueue(2).then(() => (stored = true))
    await clock.advance(10_000)
    expect(stored).toBe(false)
    queue.process(async () => undefined)
    await clock.advance(POLL_MS)
    expect(stored).toBe(true)
  })
})

describe('where the way of the hints was interrupted and is there again', () => {
  it('a sleeping worker looks at once for what it may have missed', async () => {
    const { broker, clock, say } = deafBench()
    const queue = broker.queue('q')
    let ranAt = Number.NaN
    queue.process(async () => void (ranAt = clock.now()))
    for (let round = 0; round < 10; round++) {
      await clock.advance(5_000)
      await queue.enqueue(round)
      const saidAt = clock.now()
      say({ kind: 'reconnected' })
      await clock.advance(POLL_MS)
      expect(ranAt - saidAt).toBeLessThanOrEqual(10)
    }
  })

  it('who awaits a result asks at once for the end that it may have missed', async () => {
    const { broker, clock, say } = deafBench()
    const queue = broker.queue('q')
    const worker = queue.process(async (value) => value)
    for (let round = 0; round < 10; round++) {
      const task = await queue.enqueue(round, { delayMs: 10_000 })
      let toldAt = Number.NaN
      void task.result().then(() => (toldAt = clock.now()))
      await clock.advance(10_001)
      expect(worker.stats().completed).toBe(round + 1)
      const saidAt = clock.now()
      say({ kind: 'reconnected' })
      await clock.advance(POLL_MS)
      expect(toldAt - saidAt).toBeLessThanOrEqual(10)
    }
  })
})
