// Tasks that come by the clock: one for each tick, however many processes run this.
import { createBroker, defineQueue, silentLogger, TICK_HEADER } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { createScheduler } from '@mq/scheduler'
import { z } from 'zod'

const reports = defineQueue({ name: 'reports', payload: z.object({ of: z.string() }) })

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })

// Every process that shall tick has one. It ticks the schedules of these queues, and none leads.
const schedules = createScheduler(broker, { queues: [reports] })

// #region upsert
// At every start of every process: what is there already stays as it is.
const monthly = await schedules.upsert(reports, 'monthly', {
  cron: '0 6 L * *', // at six on the last day of a month
  timeZone: 'Europe/Berlin',
  missed: 'one',
  payload: { of: 'month' },
  options: { attempts: 3, priority: 2 },
})
// #endregion
const quick = { everyMs: 200, missed: 'all', payload: { of: 'moment' } } as const
await schedules.upsert(reports, 'quick', quick)
console.log(monthly.state, (await schedules.upsert(reports, 'quick', quick)).state)

// The header says for which instant a task is: it may be done later, and once more.
const ticks: string[] = []
const done = new Promise<void>((resolve) => {
  broker.queue(reports).process(({ of }, { headers }) => {
    if (of === 'month') return console.log('the month, now')
    if (ticks.length < 3) ticks.push(headers[TICK_HEADER]!)
    if (ticks.length === 3) resolve()
  })
})
await done
await schedules.pause(reports, 'quick')
console.log(new Set(ticks).size, 'ticks, 200 ms apart:', Date.parse(ticks[1]!) - Date.parse(ticks[0]!) === 200)

const task = await schedules.runNow(reports, 'monthly')
await task.result()
for (const { name, state, nextAt } of (await schedules.list(reports)).schedules) {
  console.log(name, state, nextAt !== undefined && nextAt > Date.now())
}
console.log((await schedules.next(reports, 'monthly', 12)).length, 'next ones')
console.log(await schedules.remove(reports, 'quick'))

await schedules.close()
await broker.close()
