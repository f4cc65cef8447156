// A project that has neither @types/node nor the DOM's declarations.
import { createBroker, defineQueue, unchecked } from '@mq/core'
import type { Broker, Handler, Worker } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { testAdapter } from '@mq/conformance'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

export const squares = defineQueue({ name: 'squares', payload: unchecked<number>(), result: unchecked<number>() })

export async function run(url: string): Promise<number> {
  const broker: Broker = createBroker(url === '' ? memoryAdapter() : redisAdapter({ url }))
  const square: Handler<number, number> = (n, { signal }) => (signal === undefined ? 0 : n * n)
  const worker: Worker = broker.queue(squares).process(square, { concurrency: 2 })
  const result: number = await (await broker.queue(squares).enqueue(7)).result({ timeoutMs: 10_000 })
  await worker.close()
  await broker.close()
  return result
}

export { createTestBroker, testAdapter }
