import { defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

describe('once', () => {
  it('does no step any more when the task has timed out: another run may be doing it', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1, timeoutMs: 1_000 }))
    let charges = 0
    let refused: unknown
    queue.process(async (_, { once }) => {
      await new Promise<void>((resolve) => void clock.schedule(resolve, 2_000))
      await once('charge', () => ++charges).catch((thrown: unknown) => (refused = thrown))
    })
    await queue.enqueue(1)
    await clock.advance(10_000)
    expect(charges).toBe(0)
    expect(refused).toMatchObject({ code: 'lease-lost' })
  })

  it('answers nobody before the step is noted', async () => {
    let noted: (() => void) | undefined
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async note(notes) {
          await new Promise<void>((resolve) => (noted = resolve))
          return driver.note(notes)
        },
      })),
    )
    const queue = broker.queue('q')
    const answered: string[] = []
    queue.process(async (_, { once }) => {
      const first = once('charge', () => 1).then(() => answered.push('first'))
      await new Promise<void>((resolve) => void clock.schedule(resolve, 10))
      await once('charge', () => 2).then(() => answered.push('second'))
      await first
    })
    await queue.enqueue(1)
    await clock.advance(1_000)
    expect(answered).toEqual([])
    noted!()
    await clock.advance(1_000)
    expect(answered).toEqual(['first', 'second'])
  })
})
