import { env } from 'node:process'
import { testOrderModel } from '@mq/queue-model'
import { it } from 'vitest'
import { ORDER_PARTS } from '../../src/keys.ts'
import { age } from '../lab/aging.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('messages of a key are given one at a time, in order, whoever dies when', { timeout }, async () => {
  const storage = await lab.open()
  await testOrderModel({
    runs: 150,
    limitMs: 20_000,
    environment: env,
    async open() {
      const name = lab.freshName()
      const keyOf = (part: string): string => `mq:{${name}}:group.audit:${part}`
      return {
        channel: storage.channel(name),
        pass: (ms) => age(lab.redis, keyOf, ms),
        async leftovers() {
          const parts = [...ORDER_PARTS, 'leases', 'hands', 'held', 'open', 'returned', 'back', 'suspects', 'delays']
          const found = await Promise.all(parts.map((part) => lab.redis.exists(keyOf(part))))
          return parts.filter((_, i) => found[i] === 1)
        },
        close: async () => {},
      }
    },
  })
})
