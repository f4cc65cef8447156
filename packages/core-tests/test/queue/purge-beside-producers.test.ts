import { createBroker, silentLogger } from '@mq/core'
import { expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

it('a purge ends though tasks are added faster than it removes them', async () => {
  const { broker, adapter, clock } = brokerBench((inner) =>
    withQueue(inner, (driver) => ({
      async apply(command) {
        if (command.kind === 'purge')
          await producer.enqueueAll(Array.from({ length: 1_000 }, () => ({ payload: 'new' })))
        return driver.apply(command)
      },
    })),
  )
  const producer = createBroker(adapter, { clock, logger: silentLogger }).queue('q')
  await producer.enqueueAll(Array.from({ length: 1_000 }, () => ({ payload: 'old' })))
  await producer.enqueueAll(Array.from({ length: 500 }, () => ({ payload: 'old' })))
  expect(await broker.queue('q').purge()).toBe(1_500)
  expect((await producer.stats()).waiting).toBe(2_000)
})
