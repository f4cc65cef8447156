// Many tasks in one call: rows that are written together, where a bad one fails alone.
import { bury, createBroker, defineChannel, defineQueue, retry, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const readings = defineQueue({
  name: 'readings',
  payload: z.object({ sensor: z.string(), celsius: z.number() }),
  result: z.object({ row: z.int() }),
  attempts: 2,
  backoff: { kind: 'fixed', baseMs: 10 },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(readings)

/** A database that takes rows in bulk, and refuses all of them for a bad one. */
const rows: string[] = []
let statements = 0
async function insert(sensors: readonly string[]): Promise<number[]> {
  statements++
  if (sensors.includes('broken')) throw new Error('a row violates a constraint')
  return sensors.map((sensor) => rows.push(sensor))
}

// #region batch
const worker = queue.processBatch(
  async (payloads, batch) => {
    const numbers = await insert(payloads.map(({ sensor }) => sensor)) // a throw: each runs again, alone
    return payloads.map(({ celsius }, i) => {
      if (celsius < -273.15) return bury('colder than cold') // or an answer of its own for each task
      if (celsius > 1_000 && batch.tasks[i]!.attempt === 1) return retry({ delayMs: 10 })
      return { row: numbers[i]! }
    })
  },
  { size: 100, waitMs: 50 },
)
// #endregion

const good = Array.from({ length: 40 }, (_, i) => ({ payload: { sensor: `s${i}`, celsius: 20 } }))
const tasks = await queue.enqueueAll(good)
await Promise.all(tasks.map((task) => task.result()))
console.log(`${rows.length} rows in ${statements} statement`)

statements = 0
const mixed = await queue.enqueueAll([
  { payload: { sensor: 'cold', celsius: -300 }, id: 'cold' },
  { payload: { sensor: 'hot', celsius: 2_000 }, id: 'hot' },
  { payload: { sensor: 'broken', celsius: 20 }, id: 'broken' },
  { payload: { sensor: 'fine', celsius: 20 }, id: 'fine' },
])
for (const task of mixed) {
  const outcome = await task.outcome()
  console.log(task.id, outcome.state, outcome.state === 'dead' ? outcome.reason : '')
}
await worker.close()

// A group of a channel, too.
const prices = broker.channel(defineChannel({ name: 'prices', message: z.number(), history: { maxCount: 1_000 } }))
await prices.publishAll([1, 2, 3].map((message) => ({ message })))
await new Promise<void>((resolve, reject) => {
  const sum = (messages: readonly { payload: number }[]): void => {
    console.log(
      'sum',
      messages.map(({ payload }) => payload).reduce((a, b) => a + b, 0),
    )
    resolve()
  }
  prices.consumeBatch('sums', sum, { size: 100, waitMs: 50, from: 'earliest' }).catch(reject)
})
await broker.close()
