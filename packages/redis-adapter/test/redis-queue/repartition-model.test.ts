import { env } from 'node:process'
import { createBroker, silentLogger } from '@mq/core'
import { testRepartitionModel } from '@mq/queue-model'
import { redisAdapter } from '@mq/redis-adapter'
import { it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const onError = (error: Error): void => {
  throw error
}
const brokersOf = () =>
  [1, 2, 3].map(() => createBroker(redisAdapter({ url: lab.server.url }), { logger: silentLogger, onError }))
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)))

/** Partitions that are sealed were so long ago. */
async function outlast(queue: string): Promise<void> {
  for (const meta of await lab.redis.keys(`mq:{${queue}~*}:meta`)) {
    const sealedAt = await lab.redis.hget(meta, 'sealed')
    if (sealedAt !== null) await lab.redis.hset(meta, 'sealed', 1)
  }
}

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('each task runs once, in the order of its key, and is found, whenever the partitions change', { timeout }, () =>
  testRepartitionModel({
    runs: 30,
    limitMs: 20_000,
    environment: env,
    async open() {
      const brokers = brokersOf()
      const queue = lab.freshName()
      return {
        brokers,
        queue,
        sleep,
        now: () => performance.now(),
        pass: sleep,
        outlast: () => outlast(queue),
        close: () => Promise.all(brokers.map((broker) => broker.close({ deadlineMs: 0 }))),
      }
    },
  }),
)
