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

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('each task runs once, in the order of its key, and is found, whenever the partitions change', { timeout }, () =>
  testRepartitionModel({
    runs: 30,
    limitMs: 20_000,
    environment: env,
    async open() {
      const brokers = brokersOf()
      return {
        brokers,
        queue: lab.freshName(),
        sleep,
        pass: sleep,
        close: () => Promise.all(brokers.map((broker) => broker.close({ deadlineMs: 0 }))),
      }
    },
  }),
)
