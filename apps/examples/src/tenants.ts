// Many tenants share a queue: a loud one keeps no other waiting, and none has more than two tasks running at once.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const reports = defineQueue({
  name: 'reports',
  payload: z.object({ tenant: z.string(), page: z.int() }),
  limits: { perKey: { concurrency: 2 } },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(reports)

// The loud one comes first, with five hundred tasks; "gold" pays for three turns in each round.
const many = (tenant: string, pages: number, weight = 1) =>
  Array.from({ length: pages }, (_, page) => ({ payload: { tenant, page }, key: tenant, weight }))
await queue.enqueueAll([...many('loud', 500), ...many('gold', 30, 3), ...many('quiet', 1)])

const { keys } = await queue.keys()
for (const { key, waiting } of keys.toSorted((a, b) => b.waiting - a.waiting)) console.log(`${key}: ${waiting} wait`)

const order: string[] = []
const running = new Map<string, number>()
let most = 0
queue.process(
  async ({ tenant }) => {
    order.push(tenant)
    running.set(tenant, (running.get(tenant) ?? 0) + 1)
    most = Math.max(most, running.get(tenant)!)
    await sleep(5)
    running.set(tenant, running.get(tenant)! - 1)
  },
  { concurrency: 4 },
)
while (!order.includes('quiet') || order.filter((tenant) => tenant === 'gold').length < 30) await sleep(5)

console.log(`quiet was served within the first ${Math.ceil((order.indexOf('quiet') + 1) / 10) * 10}`)
console.log(`no tenant had more than ${most} running`)
await queue.purge()
await broker.close({ deadlineMs: 500 })
