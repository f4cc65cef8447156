// A route as Next has it: resolved as bundlers do, and bundled into one file with all that it imports.
import { createBroker, defineQueue, MqError, unchecked } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

const squares = defineQueue({ name: 'next-squares', payload: unchecked<number>(), result: unchecked<number>() })

export async function POST(body: unknown, url: string | undefined): Promise<{ status: number; body: unknown }> {
  const broker = createBroker(url === undefined ? memoryAdapter() : redisAdapter({ url }))
  try {
    const queue = broker.queue(squares)
    queue.process((n) => n * n)
    const task = await queue.enqueue(body as number)
    return { status: 200, body: await task.result({ timeoutMs: 10_000 }) }
  } catch (error) {
    return { status: MqError.is(error, 'invalid-payload') ? 422 : 500, body: null }
  } finally {
    await broker.close()
  }
}

async function main(): Promise<void> {
  for (const url of [undefined, process.env['REDIS_URL']]) {
    console.log(JSON.stringify([await POST(7, url), await POST(new Map(), url)]))
  }
}

void main()
