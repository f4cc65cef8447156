// A project outside the workspace, as an ES module, with copies of ioredis that are not the adapter's.
import { MqError, createBroker, defineQueue } from '@mq/core'
import type { Adapter } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis as Redis5 } from 'ioredis'
import { Redis as Redis6 } from 'ioredis-copy'
import { z } from 'zod'

const squares = defineQueue({ name: 'squares', payload: z.object({ n: z.int() }), result: z.int() })

async function square(name: string, adapter: Adapter): Promise<void> {
  const broker = createBroker(adapter)
  const queue = broker.queue(squares)
  queue.process(({ n }) => n * n)
  const task = await queue.enqueue({ n: 7 })
  const result: number = await task.result({ timeoutMs: 10_000 })
  // @ts-expect-error: `n` is a number
  const refused: unknown = await queue.enqueue({ n: 'seven' }).catch((error: unknown) => error)
  console.log(`${name}: ${result}, ${MqError.is(refused) ? refused.code : String(refused)}`)
  await broker.close()
}

const url = process.env['REDIS_URL'] ?? ''
const older = new Redis5(url)
const copy = new Redis6(url)

await square('memory', memoryAdapter())
await square('redis by url', redisAdapter({ url }))
await square('redis by an ioredis 5', redisAdapter({ client: older }))
await square('redis by a copy of ioredis 6', redisAdapter({ client: copy }))
await square('redis by connect', redisAdapter({ connect: (role) => new Redis6(url, { connectionName: role }) }))
console.log(`clients: ${await older.ping()} ${await copy.ping()}; clock: ${typeof createVirtualClock().advance}`)
older.disconnect()
copy.disconnect()
