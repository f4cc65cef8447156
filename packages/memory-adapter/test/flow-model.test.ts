import { env } from 'node:process'
import { silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { testFlowModel } from '@mq/queue-model'
import { it } from 'vitest'

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('tasks that run after others end as the model says, whoever dies when', { timeout }, () =>
  testFlowModel({
    runs: 500,
    limitMs: 20_000,
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
        queues: new Map(['one', 'two'].map((name) => [name, storage.queue(name)])),
        pass: (ms) => clock.advance(ms),
        close: async () => storage.close(),
      }
    },
  }),
)
