import { env } from 'node:process'
import { silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { testOrderModel } from '@mq/queue-model'
import { it } from 'vitest'

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('messages of a key are given one at a time, in order, whoever dies when', { timeout }, () =>
  testOrderModel({
    runs: 1_000,
    limitMs: 10_000,
    environment: env,
    async open() {
      const clock = createVirtualClock()
      const environment = {
        clock,
        logger: silentLogger,
        onError(error: Error) {
          throw error
        },
      }
      const storage = memoryAdapter().open(environment)
      return {
        channel: storage.channel('news'),
        pass: (ms) => clock.advance(ms),
        leftovers: async () => [],
        close: async () => storage.close(),
      }
    },
  }),
)
