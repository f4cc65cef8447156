import { env } from 'node:process'
import { testFlowModel } from '@mq/queue-model'
import { it } from 'vitest'
import { Lab } from '../lab/lab.ts'
import { age } from '../lab/aging.ts'

const lab = await Lab.start()
// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('tasks that run after others end as the model says, whoever dies when', { timeout }, async () => {
  const storage = await lab.open()
  await testFlowModel({
    runs: 60,
    limitMs: 20_000,
    environment: env,
    async open() {
      const names = [lab.freshName(), lab.freshName()]
      return {
        queues: new Map(names.map((name) => [name, storage.queue(name)])),
        async pass(ms) {
          for (const name of names) await age(lab.redis, (part) => `mq:{${name}}:${part}`, ms)
        },
        close: async () => {},
      }
    },
  })
})
