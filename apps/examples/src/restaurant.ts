// The restaurant: three cooks, a counter with room for ten dishes, two eaters. A cook waits while the counter is full.
import { createBroker, defineQueue } from '@mq/core'
import type { Worker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const counter = defineQueue({
  name: 'counter',
  payload: z.object({ cook: z.int(), food: z.int().min(0).max(9) }),
  result: z.object({ eater: z.int() }),
  capacity: { size: 10, whenFull: 'wait' },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter())
const queue = broker.queue(counter)

const served: Promise<{ eater: number }>[] = []
let most = 0

async function cook(number: number): Promise<void> {
  for (let dish = 1; dish <= 10; dish++) {
    const food = Math.floor(Math.random() * 10)
    const task = await queue.enqueue({ cook: number, food }) // waits for room
    console.log(`cook ${number} puts food ${food} as ${task.id}`)
    served.push(task.result())
    most = Math.max(most, (await queue.stats()).waiting)
  }
}

function eater(number: number): Worker {
  return queue.process(
    ({ food }, { id }) => {
      console.log(`eater ${number} takes food ${food} of ${id}`)
      return { eater: number }
    },
    { concurrency: 1, prefetch: false },
  )
}

const cooks = Promise.all([cook(1), cook(2), cook(3)])
while (served.length < 10) await sleep(10)
await sleep(200)
console.log(`nobody eats yet: ${served.length} of 30 dishes are on the counter, the cooks wait`)

const eaters = [eater(1), eater(2)]
await cooks
const eaten = await Promise.all(served)
console.log(
  `${eaten.length} dishes eaten, ${(await queue.stats()).waiting} left, never more than ${most} on the counter`,
)

await Promise.all(eaters.map((worker) => worker.close()))
await broker.close()
