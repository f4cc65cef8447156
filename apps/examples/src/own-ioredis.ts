// A project that has an ioredis client already lends it to mq.
import { createBroker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis } from 'ioredis'

const client = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')
const broker = createBroker(redisAdapter({ client, prefix: 'shop' })) // borrowed: never closed, copied for subscribing

const queue = broker.queue('greetings') // without a definition: payload and result are unknown
queue.process((name) => `Hello ${String(name)}`)
const task = await queue.enqueue('Ada')
console.log(await task.result({ timeoutMs: 10_000 }))

await broker.close()
console.log(await client.ping()) // the project's own client works on
client.disconnect()
