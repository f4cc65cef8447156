import { defineQueue } from '@mq/core'
import type { StandardSchema } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

describe('a task that times out while a schema is at work', () => {
  it.each(['passes', 'fails'])('on its result counts once, though the schema %s later', async (end) => {
    const { broker, clock, errors, pause } = brokerBench()
    const result: StandardSchema<unknown, unknown> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        async validate(value) {
          await pause(500)
          return end === 'passes' ? { value } : { issues: [{ message: 'no' }] }
        },
      },
    }
    const queue = broker.queue(defineQueue({ name: 'q', result, timeoutMs: 100, attempts: 1 }))
    const task = await queue.enqueue(1)
    const worker = queue.process(async () => 1)
    await clock.advance(3_000)
    expect(worker.stats()).toMatchObject({ running: 0, completed: 0, failed: 1, buried: 1, stale: 0 })
    expect(errors.map((error) => (error as { code?: unknown }).code)).toEqual(['task-timeout'])
    expect(await task.outcome()).toMatchObject({ state: 'dead', error: { code: 'task-timeout' } })
  })
})
