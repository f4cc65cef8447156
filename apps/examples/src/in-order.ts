// The bookings of one account one after the other, in order, also over failures; those of other accounts beside them.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const bookings = defineQueue({
  name: 'bookings',
  payload: z.object({ account: z.string(), cents: z.int() }),
  backoff: { kind: 'fixed', baseMs: 200 },
  limits: { perKey: { concurrency: 1, holdOnRetry: true } },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(bookings)

const booked: string[] = []
let isAway = true
for (let worker = 0; worker < 2; worker++) {
  queue.process(({ account, cents }) => {
    if (account === 'ann' && isAway) {
      isAway = false
      throw new Error('the bank is away') // ann's next ones wait for this one; ben's do not
    }
    booked.push(`${account} ${cents}`)
  })
}
const of = (account: string) => [100, -30, 5].map((cents) => ({ payload: { account, cents }, key: account }))
const tasks = await queue.enqueueAll([...of('ann'), ...of('ben')])
for (const task of tasks) await task.outcome()
console.log(booked.join(', '))
await broker.close()
