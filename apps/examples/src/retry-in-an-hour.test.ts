// A test of your own worker: no Redis, and an hour passes at once.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'
import { z } from 'zod'

const MINUTE = 60_000
const payments = defineQueue({
  name: 'payments',
  payload: z.object({ cents: z.int().positive() }),
  result: z.object({ paid: z.int() }),
  backoff: { kind: 'fixed', baseMs: 60 * MINUTE, jitter: 0 },
})

it('pays an hour later when the bank was closed', async () => {
  const clock = createVirtualClock()
  const broker = createBroker(memoryAdapter(), { clock, logger: silentLogger })
  const queue = broker.queue(payments)
  const attempts: number[] = []

  queue.process(async ({ cents }, { attempt }) => {
    attempts.push(attempt)
    if (attempt === 1) throw new Error('the bank is closed')
    return { paid: cents }
  })
  const task = await queue.enqueue({ cents: 1_999 })

  await clock.advance(59 * MINUTE)
  expect(attempts).toEqual([1])
  expect(await task.status()).toMatchObject({ state: 'delayed' })

  await clock.advance(2 * MINUTE)
  expect(await task.result()).toEqual({ paid: 1_999 })
  expect(attempts).toEqual([1, 2])

  await broker.close()
})
