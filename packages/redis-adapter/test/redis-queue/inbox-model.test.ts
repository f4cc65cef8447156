import { env } from 'node:process'
import { testInboxModel } from '@mq/queue-model'
import { it } from 'vitest'
import { age } from '../lab/aging.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('what another program pushes is given in its order, and ends once, whoever dies when', { timeout }, async () => {
  const storage = await lab.open()
  await testInboxModel({
    runs: 100,
    limitMs: 20_000,
    environment: env,
    async open() {
      const [name, key] = [lab.freshName(), `task:${lab.freshName()}`]
      const inbox = { key, end: 'right', format: 'json', maxBytes: 1_000 } as const
      return {
        driver: storage.queue(name, { inbox }),
        push: (end, texts) => lab.redis[end === 'left' ? 'lpush' : 'rpush'](key, ...texts),
        pass: (ms) => age(lab.redis, (part) => `mq:{${name}}:${part}`, ms),
        close: async () => {},
      }
    },
  })
})
