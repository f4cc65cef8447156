import { env } from 'node:process'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { testBatchModel } from '@mq/queue-model'
import { it } from 'vitest'

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('each task of a batch ends as its own fate says, whatever becomes of the others', { timeout }, () =>
  testBatchModel({
    runs: 200,
    limitMs: 20_000,
    environment: env,
    async open() {
      const broker = createTestBroker(memoryAdapter())
      return { broker, queue: 'q', drain: () => broker.drain(), close: () => broker.close() }
    },
  }),
)
