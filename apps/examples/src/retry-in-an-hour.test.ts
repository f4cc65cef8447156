// A test of your own worker: no Redis, and an hour passes at once.
import { defineQueue } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'
import { z } from 'zod'

const HOUR = 3_600_000
const payments = defineQueue({
  name: 'payments',
  payload: z.object({ cents: z.int().positive() }),
  result: z.object({ paid: z.int() }),
  backoff: { kind: 'fixed', baseMs: HOUR, jitter: 0 },
})

it('pays an hour later when the bank was closed, and sends a receipt', async () => {
  const broker = createTestBroker(memoryAdapter())
  const queue = broker.queue(payments)
  const receipts = broker.queue('receipts')
  receipts.process(() => 'sent')
  queue.process(async ({ cents }, { attempt }) => {
    if (attempt === 1) throw new Error('the bank is closed')
    await receipts.enqueue({ cents })
    return { paid: cents }
  })

  const task = await queue.enqueue({ cents: 1_999 })
  await broker.drain() // all there is to do, retries and delays too

  expect(await task.result()).toEqual({ paid: 1_999 })
  expect(broker.clock.now()).toBe(HOUR)
  expect(broker.errors).toEqual([new Error('the bank is closed')])
  expect(broker.enqueued('receipts')).toMatchObject([{ payload: { cents: 1_999 } }])
  await broker.close()
})
