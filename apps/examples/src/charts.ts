// What a queue did in the last minutes, and over the last day, for a program that draws it.
import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { setTimeout as pause } from 'node:timers/promises'

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })

const queue = broker.queue('thumbnails')
const worker = queue.process(() => pause(20))
const tasks = await queue.enqueueAll(Array.from({ length: 40 }, (_, payload) => ({ payload })))
await Promise.all(tasks.map((task) => task.outcome()))
// Its last report comes when it closes, the others every 10 s.
await worker.close()
await pause(100)

const { recent } = await queue.stats()
if (recent !== undefined) {
  const { perSecond, runMs, overMs } = recent
  console.log('completed', Math.round((perSecond.completed * overMs) / 1_000), 'took 20 ms', runMs!.p50 >= 18)
}

const sinceAnHour = Date.now() - 3_600_000
for (const { at, waiting, completed, waitMs } of await queue.history({ resolution: '10s', from: sinceAnHour })) {
  console.log(new Date(at).toISOString(), { waiting, completed, p95: waitMs?.p95 })
}
await broker.close()
