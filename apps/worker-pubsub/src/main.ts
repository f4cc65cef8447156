import { runApp } from '@mq/app-kit'
import { redisAdapter } from '@mq/redis-adapter'
import process from 'node:process'
import { workerPubsubEnv } from './env.ts'
import { startSubscribers } from './start-subscribers.ts'

runApp(process, {
  name: 'worker-pubsub',
  env: workerPubsubEnv,
  adapter: (env) => redisAdapter({ url: env.REDIS_URL, prefix: env.PREFIX }),
  start: (parts) => startSubscribers(parts),
})
