import { env } from 'node:process'
import { silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { testInboxModel } from '@mq/queue-model'
import { it } from 'vitest'

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('what another program pushes is given in its order, and ends once, whoever dies when', { timeout }, () =>
  testInboxModel({
    runs: 500,
    limitMs: 20_000,
    environment: env,
    async open() {
      const clock = createVirtualClock()
      const adapter = memoryAdapter()
      const storage = adapter.open({ clock, logger: silentLogger, onError: () => undefined })
      const inbox = { key: 'list', end: 'right', format: 'json', maxBytes: 1_000 } as const
      return {
        driver: storage.queue('q', { inbox }),
        push: async (end, texts) => adapter.otherProgram[end === 'left' ? 'lpush' : 'rpush']('list', ...texts),
        pass: (ms) => clock.advance(ms),
        close: async () => storage.close(),
      }
    },
  }),
)
