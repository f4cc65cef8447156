// What is in a queue, page by page, and what is known of one task: for a program that shows it to people.
import { bury, createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const parcels = defineQueue({
  name: 'parcels',
  payload: z.object({ to: z.string() }),
  result: z.string(),
  attempts: 2,
  backoff: { baseMs: 10 },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(parcels)

await queue.enqueueAll(['Rome', 'Oslo', 'Lima'].map((to) => ({ payload: { to }, id: to })))
// Nobody will come back for the result of this one.
await queue.enqueue({ to: 'Bern' }, { id: 'Bern', keep: { results: false } })
await queue.enqueue({ to: 'Mars' }, { id: 'Mars', delayMs: 3_600_000, priority: 9 })

// All of a state; a page is at most 1,000 tasks. Payloads are read only where they are asked for.
for await (const { tasks } of queue.tasks({ state: 'waiting', limit: 2, payloads: true })) {
  for (const { id, priority, payload } of tasks) console.log('waits', id, priority, payload)
}

// Page by page, as a REST API answers: `next` is a text that it can hand out, and that it gets back.
const first = await queue.tasks({ state: 'waiting', limit: 2 }).first()
const second = await queue.tasks({ state: 'waiting', limit: 2, after: first.next }).first()
console.log(first.tasks.length, second.tasks.length, second.next)

const [later] = (await queue.tasks({ state: 'delayed' }).first()).tasks
console.log('delayed', later?.id, later!.dueAt! - later!.enqueuedAt!)

const worker = queue.process(({ to }, { attempt, log }) => {
  log(`on the way to ${to}, attempt ${attempt}`)
  if (to === 'Lima' && attempt === 1) throw new Error('nobody answered the door')
  return to === 'Lima' ? bury('no such street') : `sent to ${to}`
})
await queue.task('Lima').outcome()
await queue.task('Oslo').result()
for (const state of ['ended', 'dead'] as const) {
  const { tasks } = await queue.tasks({ state, payloads: true }).first()
  for (const { state, result, reason } of tasks) console.log(state, result ?? reason)
}

// All that is known of one.
const record = await queue.task('Lima').read()
console.log(record?.state, record?.payload, `failed ${record?.failures} of ${record?.attempts} times`)
for (const { attempt, message } of record?.errors ?? []) console.log(`attempt ${attempt}: ${message}`)
for (const { line } of record?.logs ?? []) console.log(`logged: ${line}`)
for (const { what, text } of record?.timeline ?? []) console.log('-', what, text ?? '')

await worker.close()
await broker.close()
