import { runApp, sharedEnv } from '@mq/app-kit'
import { redisAdapter } from '@mq/redis-adapter'
import process from 'node:process'
import { startSubscribers } from './start-subscribers.ts'

runApp(process, {
  name: 'worker-pubsub',
  env: sharedEnv,
  adapter: (env) => redisAdapter({ url: env.REDIS_URL }),
  start: (parts) => startSubscribers(parts),
})
