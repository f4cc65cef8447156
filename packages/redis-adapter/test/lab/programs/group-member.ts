import { createBroker, defineChannel, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { setTimeout as delay } from 'node:timers/promises'

/** A member of an ordered group, until it is killed: prints each begin and end, with the time. */
const [url, name] = JSON.parse(process.argv[2]!) as [string, string]
const say = (what: string, key: string, step: number): void =>
  console.log(`${what} ${key} ${step} ${performance.timeOrigin + performance.now()}`)

await createBroker(redisAdapter({ url }), { logger: silentLogger })
  .channel(defineChannel<{ key: string; step: number }>({ name, history: { maxCount: 100_000 }, partitions: 8 }))
  .consume(
    'audit',
    async ({ payload: { key, step } }) => {
      say('begin', key, step)
      await delay(step % 5)
      say('end', key, step)
    },
    { key: ({ payload }) => payload.key, concurrency: 5, leaseMs: 2_000 },
  )
console.log('ready')
