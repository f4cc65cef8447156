// A queue with checked payloads and results. The producer awaits what became of its task.
import { createBroker, defineQueue } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const emails = defineQueue({
  name: 'emails',
  payload: z.object({ to: z.email(), subject: z.string().default('Hello') }),
  result: z.object({ messageId: z.string() }),
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter())
const queue = broker.queue(emails)

// The worker. It may as well run in another process.
queue.process(async (email, { id, attempt }) => {
  console.log(`attempt ${attempt}: "${email.subject}" to ${email.to}`)
  return { messageId: `<${id}@example.org>` }
})

// The producer.
const task = await queue.enqueue({ to: 'ada@example.org' }, { id: 'welcome-ada' })
const { messageId } = await task.result({ timeoutMs: 10_000 })
console.log(`${task.id} was sent as ${messageId}`)

await broker.close()
