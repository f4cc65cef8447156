import { createBroker, TICK_HEADER } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { createScheduler } from '@mq/scheduler'
import { Queue, Worker } from 'bullmq'

/** Sets schedules on one queue, ticks them, and does their tasks. */
export interface BenchScheduler {
  setYearly(name: string): Promise<unknown>
  setEvery(name: string, everyMs: number): Promise<unknown>
  close(): Promise<void>
}

/** `onTick`: given the instant of each task when its handler begins, ms since 1970. */
export type ConnectScheduler = (url: string, onTick: (instant: number) => void) => Promise<BenchScheduler>

const NAME = 'bench'
const YEARLY = '0 0 1 1 *'

export const connectMqScheduler: ConnectScheduler = async (url, onTick) => {
  const broker = createBroker(redisAdapter({ url }))
  await broker.ready({ timeoutMs: 60_000 })
  const schedules = createScheduler(broker, { queues: [NAME] })
  broker.queue(NAME).process((_, { headers }) => onTick(Date.parse(headers[TICK_HEADER]!)))
  return {
    setYearly: (name) => schedules.upsert(NAME, name, { cron: YEARLY, payload: 1 }),
    setEvery: (name, everyMs) => schedules.upsert(NAME, name, { everyMs, payload: 1 }),
    async close() {
      await schedules.close()
      await broker.close({ deadlineMs: 100 })
    },
  }
}

export const connectBullmqScheduler: ConnectScheduler = async (url, onTick) => {
  const connection = { url }
  const queue = new Queue(NAME, { connection })
  await queue.waitUntilReady()
  // The id of a job ends with its instant.
  const worker = new Worker(NAME, async ({ id }) => onTick(Number(id!.slice(id!.lastIndexOf(':') + 1))), {
    connection,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  await worker.waitUntilReady()
  return {
    setYearly: (name) => queue.upsertJobScheduler(name, { pattern: YEARLY, tz: 'UTC' }, { data: 1 }),
    setEvery: (name, every) => queue.upsertJobScheduler(name, { every }, { data: 1 }),
    async close() {
      await worker.close()
      await queue.close()
    },
  }
}
