// What happens to tasks, as numbers: on Node's diagnostics_channel, which costs nothing where nobody listens.
import { subscribe } from 'node:diagnostics_channel'
import { createBroker, defineQueue } from '@mq/core'
import type { EnqueueEvent, RunEvent } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

const mails = defineQueue<{ to: string }>({ name: 'mails', attempts: 2, backoff: { baseMs: 10 } })

// #region metrics
const counts = new Map<string, number>()
const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1)

subscribe('mq:enqueue', (event) => {
  const { queue, existing } = event as EnqueueEvent
  count(`${queue} ${existing ? 'existing' : 'enqueued'}`)
})
subscribe('mq:run:end', (event) => {
  const { queue, outcome, attempt, error } = event as RunEvent // and id, headers, waitedMs, tookMs
  count(`${queue} ${outcome}`)
  if (error) console.log(`attempt ${attempt} failed: ${error.message}`)
})
// #endregion

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silent })
const queue = broker.queue(mails)
queue.process(({ to }) => {
  if (to === 'nobody') throw new Error('there is no nobody')
})

const tasks = await queue.enqueueAll([{ payload: { to: 'a@b.c' } }, { payload: { to: 'nobody' } }])
for (const task of tasks) await task.outcome()
for (const [what, number] of counts) console.log(`${what}: ${number}`)

await broker.close()
