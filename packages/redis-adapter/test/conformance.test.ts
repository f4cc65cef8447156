import { testAdapter } from '@mq/conformance'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { randomUUID } from 'node:crypto'
import { setTimeout as pass } from 'node:timers/promises'
import { afterAll, describe, it } from 'vitest'

const server = await startRedis()
const { capabilities } = redisAdapter({ url: server.url })
afterAll(() => server.stop())

// Each case has a prefix of its own on one server, and most wait for a lease to end: several at once, they take a third of the time.
testAdapter(
  { describe: describe.concurrent, it },
  {
    name: 'redisAdapter',
    capabilities,
    create: async () => ({
      adapter: redisAdapter({ url: server.url, prefix: randomUUID() }),
      time: { pass },
      dispose: async () => {},
    }),
  },
)
