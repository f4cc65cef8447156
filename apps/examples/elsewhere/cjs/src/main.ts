// A project outside the workspace, in CommonJS.
import core = require('@mq/core')
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

const squares = core.defineQueue({
  name: 'squares',
  payload: core.unchecked<number>(),
  result: core.unchecked<number>(),
})

async function square(name: string, adapter: core.Adapter): Promise<void> {
  const broker = core.createBroker(adapter)
  const queue = broker.queue(squares)
  queue.process((n) => n * n)
  const task = await queue.enqueue(7)
  const result: number = await task.result({ timeoutMs: 10_000 })
  console.log(`${name}: ${result}`)
  await broker.close()
}

async function main(): Promise<void> {
  await square('memory', memoryAdapter())
  await square('redis', redisAdapter({ url: process.env['REDIS_URL'] ?? '' }))

  // A process may hold both forms of a package.
  const other = await import('@mq/core')
  const error = new core.MqError('closed', 'closed')
  console.log(
    `another copy: ${other.MqError !== core.MqError}, its errors are known: ${other.MqError.is(error, 'closed')}, ${error instanceof other.MqError}`,
  )
}

void main()
