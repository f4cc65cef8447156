// Tasks that run after others, over queues: an order is packed when it is paid for and all that is in it was fetched.
import { createBroker, defineQueue, next, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })

const fetches = broker.queue(defineQueue({ name: 'fetches', payload: z.string(), result: z.number(), attempts: 1 }))
const packing = broker.queue(defineQueue({ name: 'packing', payload: z.string(), result: z.number() }))
const notices = broker.queue(defineQueue({ name: 'notices', payload: z.string() }))

fetches.process((thing) => {
  if (thing === 'unicorn') throw new Error('there is none')
  return thing.length
})
notices.process((text) => console.log('mail:', text))

// #region parents
packing.process(async (order, { parents, enqueue }) => {
  let weight = 0
  for (const parent of await parents()) if (parent.state === 'completed') weight += parent.result as number
  // Enqueued once, also when this handler runs again.
  await enqueue(notices, `${order} is packed`)
  return weight
})
// #endregion

// #region after
const things = await fetches.enqueueAll(['chair', 'table', 'lamp'].map((payload) => ({ payload })))
const parcel = await packing.enqueue('order 1', { after: things })
// #endregion
console.log('it weighs', await parcel.result({ timeoutMs: 20_000 }))

// What becomes of it when a parent dies: it is buried with it ('bury'), cancelled, or runs all the same.
const unicorn = await fetches.enqueue('unicorn')
const buried = await packing.enqueue('order 2', { after: unicorn })
const cancelled = await packing.enqueue('order 3', { after: [unicorn], onDead: 'cancel' })
const partial = await packing.enqueue('order 4', { after: [things[0]!, unicorn], onDead: 'run' })
const ends = await Promise.all([buried, cancelled].map((task) => task.outcome({ timeoutMs: 20_000 })))
for (const end of ends) console.log(end.state, 'reason' in end ? end.reason : '')
console.log('without a unicorn', await partial.result({ timeoutMs: 20_000 }))

// #region next
// One after the other, as one step: the task is completed if and only if the next one is enqueued.
const steps = broker.queue(defineQueue({ name: 'steps', payload: z.number() }))
const done = new Promise<void>((resolve) => {
  steps.process((step) => {
    console.log('step', step)
    if (step < 3) return next(steps, step + 1)
    resolve()
  })
})
await steps.enqueue(1)
await done
// #endregion

// Why is it not running? And what belongs to it?
await fetches.pause()
const waits = await packing.enqueue('order 5', { after: await fetches.enqueue('shelf') })
const { because, text } = await packing.explain(waits.id)
console.log(because, '-', text)
const { tasks, edges } = await waits.graph()
console.log(
  tasks
    .map(({ queue, state }) => `${queue} ${state}`)
    .sort()
    .join(', '),
  edges.length,
)
await fetches.task(tasks.find(({ queue }) => queue === 'fetches')!.id).cancel({ tree: true })
console.log((await waits.outcome()).state)
await broker.close()
