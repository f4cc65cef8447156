// Doing things just once: one task for one key, one step for one task, and a queue that keeps only the newest.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const orders = defineQueue({ name: 'orders', payload: z.object({ product: z.string() }), backoff: { baseMs: 10 } })
const positions = defineQueue({
  name: 'positions',
  payload: z.object({ x: z.int() }),
  capacity: { size: 2, whenFull: 'displace' },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })

// The same id is the same task, also when it has ended. The same key is, for a while, whatever the payload.
const queue = broker.queue(orders)
const [a, b] = await Promise.all([
  queue.enqueue({ product: 'tea' }, { id: 'order-7' }),
  queue.enqueue({ product: 'tea' }, { id: 'order-7' }),
])
console.log('one task:', a.id === b.id)
const dedupe = { key: 'restock tea', windowMs: 60_000 }
const restocks = await queue.enqueueAll([
  { payload: { product: 'tea' }, dedupe },
  { payload: { product: 'tea, again' }, dedupe },
])
console.log('one task:', restocks[0]!.id === restocks[1]!.id, 'added:', !restocks[1]!.existing)

// Or the newest takes the place of the one before, while that has not started.
const hurried = await queue.enqueue({ product: 'tea, at once' }, { dedupe, existing: 'replace' })
console.log('replaced:', (await restocks[0]!.status()).state, 'added:', !hurried.existing)

// A step is not done again when a later one fails. The fence makes a late worker's effect refusable.
let charged = 0
queue.process(async ({ product }, { attempt, fence, once }) => {
  const receipt = await once('charge', () => `receipt ${++charged}`)
  if (attempt === 1) throw new Error('the printer is out of paper')
  return `${product}: ${receipt}, fence ${fence > 0}`
})
console.log(await a.result())
await queue.drain()
console.log('charged', charged)

// Only the newest matter: who is displaced is a dead letter, and counted.
const latest = broker.queue(positions)
for (let x = 1; x <= 5; x++) await latest.enqueue({ x })
const { waiting, displaced } = await latest.stats()
console.log({ waiting, displaced })

await broker.close()
