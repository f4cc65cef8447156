import { env } from 'node:process'
import { testBatchModel } from '@mq/queue-model'
import { it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('each task of a batch ends as its own fate says, whatever becomes of the others', { timeout }, async () => {
  const broker = await lab.broker()
  await testBatchModel({
    runs: 40,
    limitMs: 20_000,
    environment: env,
    async open() {
      const queue = lab.freshName()
      return { broker, queue, drain: () => broker.queue(queue).drain({ timeoutMs: 20_000 }), close: async () => {} }
    },
  })
})
