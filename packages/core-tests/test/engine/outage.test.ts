import { defineQueue } from '@mq/core'
import { expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

it('goes on with what it holds while the storage answers nothing', async () => {
  let isAway = false
  const { broker, clock } = brokerBench((inner) =>
    withQueue(inner, (driver) => ({
      settleAndClaim: (turn) => (isAway ? new Promise(() => undefined) : driver.settleAndClaim(turn)),
    })),
  )
  const queue = broker.queue(defineQueue({ name: 'q', keep: { results: false } }))
  let ran = 0
  let held = 0
  const worker = queue.process(
    async (payload) => {
      // The first one of many that came together.
      if (payload === 'last' && !isAway) {
        isAway = true
        held = worker.stats().buffered
      }
      ran++
    },
    { concurrency: 1 },
  )
  await queue.enqueueAll(Array.from({ length: 100 }, () => ({ payload: 'first' })))
  await clock.advance(100)
  await queue.enqueueAll(Array.from({ length: 1_000 }, () => ({ payload: 'last' })))
  await clock.advance(50)
  expect(held).toBeGreaterThan(900)
  expect(ran).toBe(100 + 1 + held)
})
