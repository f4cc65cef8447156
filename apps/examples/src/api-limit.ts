// An API takes ten calls a second, from all workers together; when it says "too many" all the same, the queue waits.
import { createBroker, defineQueue, limited, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const mails = defineQueue({
  name: 'mails',
  payload: z.object({ to: z.string() }),
  limits: { concurrency: 5, rate: { count: 10, perMs: 1_000 } },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(mails)

// The API: it counts what came in the last second, and answers the sixth call with 429.
const calls: number[] = []
let mostInASecond = 0
function send(): 200 | 429 {
  const now = performance.now()
  calls.push(now)
  mostInASecond = Math.max(mostInASecond, calls.filter((at) => now - at < 990).length)
  return calls.length === 6 ? 429 : 200
}

const attempts: number[] = []
for (let i = 0; i < 2; i++) {
  queue.process((_, { attempt }) => {
    attempts.push(attempt)
    return send() === 429 ? limited({ forMs: 500 }) : undefined
  })
}
const tasks = await queue.enqueueAll(Array.from({ length: 14 }, (_, i) => ({ payload: { to: `${i}@example.org` } })))
for (const task of tasks) await task.outcome()

const pauses = calls.slice(1).map((at, i) => at - calls[i]!)
console.log(`${calls.length} calls for ${tasks.length} mails`)
console.log(`never more than ten in a second: ${mostInASecond <= 10}`)
console.log(`half a second of peace after the 429: ${pauses[5]! > 480}`)
console.log(`no attempt was charged: ${attempts.every((attempt) => attempt === 1)}`)

// Somebody bought a larger plan: no deployment, no restart.
const { limits, overridden } = await queue.limits.set({ rate: { count: 100, perMs: 1_000 } })
console.log(limits, { overridden })
await queue.limits.reset()
await broker.close()
