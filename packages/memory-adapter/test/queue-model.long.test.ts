import { env } from 'node:process'
import { silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { testQueueModel } from '@mq/queue-model'
import { it } from 'vitest'

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it.each([
  ['whatever the commands', false],
  ['also with keys and limits', true],
])('does what the model of a queue does, %s', { timeout }, (_, shares) =>
  testQueueModel({
    shares,
    runs: 1_000,
    limitMs: 20_000,
    environment: env,
    async open() {
      const clock = createVirtualClock()
      const adapter = memoryAdapter()
      const environment = {
        clock,
        logger: silentLogger,
        onError(error: Error) {
          throw error
        },
      }
      const storages = [adapter.open(environment), adapter.open(environment)]
      return {
        drivers: storages.map((storage) => storage.queue('tasks')),
        outcomes: storages[0]!.outcomes!('tasks'),
        pass: (ms) => clock.advance(ms),
        slackMs: 0,
        leftovers: async () => [],
        async close() {
          for (const storage of storages) await storage.close()
        },
      }
    },
  }),
)
