import { runApp } from '@mq/app-kit'
import { redisAdapter } from '@mq/redis-adapter'
import process from 'node:process'
import { workerQueueEnv } from './env.ts'
import { startWorkers } from './start-workers.ts'

runApp(process, {
  name: 'worker-queue',
  env: workerQueueEnv,
  adapter: (env) => redisAdapter({ url: env.REDIS_URL, prefix: env.PREFIX }),
  start: async (parts) => startWorkers(parts),
})
