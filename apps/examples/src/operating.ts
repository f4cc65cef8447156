// What an engineer on call does: why does it not run, what died and why, repair it, run it again, stop for a while.
import { bury, createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const invoices = defineQueue({
  name: 'invoices',
  payload: z.object({ customer: z.string(), cents: z.int() }),
  result: z.string(),
  attempts: 1,
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(invoices)

// Nobody works yet: the queue says so.
const first = await queue.enqueue({ customer: 'ada', cents: 100 }, { id: 'ada-1' })
console.log((await queue.explain(first.id)).text)

const worker = queue.process(({ customer, cents }) => {
  if (cents < 0) return bury('negative')
  if (customer === 'nobody') throw new Error('no such customer')
  return `${customer} pays ${cents}`
})
console.log(await first.result())

// Two tasks that cannot be done end as dead letters, with their reasons.
const bad = await queue.enqueueAll([
  { payload: { customer: 'bob', cents: -5 }, id: 'bob-1' },
  { payload: { customer: 'nobody', cents: 7 }, id: 'nobody-1' },
])
for (const task of bad) await task.outcome()
for (const { id, reason, error } of (await queue.dead.list()).sort((a, b) => a.id.localeCompare(b.id))) {
  console.log(id, reason, error?.message ?? '')
}

// Look first, then repair the payload and run it again. The others are deleted.
const plan = await queue.dead.redrive({ reason: 'negative' }, { dryRun: true })
console.log('would redrive', plan.ids)
await queue.dead.redrive({ reason: 'negative' }, { edit: () => ({ customer: 'bob', cents: 5 }) })
console.log(await queue.task('bob-1').result())
console.log('deleted', (await queue.dead.discard({ error: 'no such customer' })).changed)

// A pause holds for all workers of all processes, and over restarts.
await queue.pause()
const later = await queue.enqueue({ customer: 'eve', cents: 1 })
console.log((await queue.explain(later.id)).text)
console.log('purged', await queue.purge({ reason: 'test data' }))
await queue.resume()
await queue.drain({ timeoutMs: 5_000 })
console.log(await later.outcome().then(({ state }) => state))

await worker.close()
await broker.close()
