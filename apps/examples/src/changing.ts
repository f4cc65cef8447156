// What was enqueued can still be changed until it begins: when it runs, before whom, and with which payload.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const HOUR_MS = 3_600_000
const reminders = defineQueue({ name: 'reminders', payload: z.object({ text: z.string() }), result: z.string() })

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(reminders)

const rent = await queue.enqueue({ text: 'pay the rent' }, { id: 'rent', delayMs: HOUR_MS })
const tea = await queue.enqueue({ text: 'drink tea' }, { id: 'tea' })
const tax = await queue.enqueue({ text: 'pay the tax' }, { id: 'tax' })

// Each answers 'changed', or 'too-late' once the task has begun. Any process may ask, by the task's id.
console.log('tea', await tea.reschedule({ delayMs: 2 * HOUR_MS }), (await tea.status()).state)
console.log('rent', await queue.task('rent').promote(), (await rent.status()).state)
console.log('tax', await tax.changePriority(9), await tax.update({ text: 'pay the tax, with interest' }))

const worker = queue.process(({ text }) => {
  console.log(text)
  return `done: ${text}`
})
console.log(await rent.result())
console.log('tax', await tax.promote())

// A worker rests, claims again, and runs more at once than before.
await worker.quiet()
worker.concurrency = 50
worker.resume()
console.log('tea', await tea.promote(), await tea.result())

await worker.close()
await broker.close()
