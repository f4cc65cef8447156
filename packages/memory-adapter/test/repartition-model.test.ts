import { env } from 'node:process'
import { createBroker, silentLogger } from '@mq/core'
import { WIDTH_KEPT_MS } from '@mq/core/adapter'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { testRepartitionModel } from '@mq/queue-model'
import { it } from 'vitest'

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('each task runs once, in the order of its key, and is found, whenever the partitions change', { timeout }, () =>
  testRepartitionModel({
    runs: 300,
    limitMs: 20_000,
    isExact: true,
    environment: env,
    async open() {
      const adapter = memoryAdapter()
      const clock = createVirtualClock()
      const onError = (error: Error): void => {
        throw error
      }
      const brokers = [1, 2, 3].map(() => createBroker(adapter, { clock, logger: silentLogger, onError }))
      return {
        brokers,
        queue: 'q',
        sleep: (ms) => new Promise<void>((resolve) => clock.schedule(resolve, ms)),
        now: () => clock.now(),
        pass: (ms) => clock.advance(ms),
        outlast: () => clock.advance(WIDTH_KEPT_MS),
        close: () => Promise.all(brokers.map((broker) => broker.close({ deadlineMs: 0 }))),
      }
    },
  }),
)
