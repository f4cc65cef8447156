// A project that Bun runs, TypeScript as it is.
import { createBroker, defineQueue, unchecked } from '@mq/core'
import type { Adapter } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

const squares = defineQueue({ name: 'bun-squares', payload: unchecked<number>(), result: unchecked<number>() })

async function square(adapter: Adapter): Promise<void> {
  const broker = createBroker(adapter)
  const queue = broker.queue(squares)
  queue.process((n) => n * n)
  console.log(`${adapter.name}: ${await (await queue.enqueue(7)).result({ timeoutMs: 10_000 })}`)
  await broker.close()
}

await square(memoryAdapter())
await square(redisAdapter({ url: process.env['REDIS_URL'] ?? '' }))
