import { runApp } from '@mq/app-kit'
import { redisAdapter } from '@mq/redis-adapter'
import process from 'node:process'
import { checkedWebEnv } from './env.ts'
import { startWeb } from './start-web.ts'

runApp(process, {
  name: 'web',
  env: checkedWebEnv,
  adapter: (env) => redisAdapter({ url: env.REDIS_URL, prefix: env.PREFIX }),
  start: (parts) => startWeb(parts),
})
