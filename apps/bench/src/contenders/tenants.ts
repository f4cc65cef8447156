import { createBroker, defineQueue, unchecked } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Queue as BullQueue, Worker as BullWorker } from 'bullmq'
import { Queue as GroupQueue, Worker as GroupWorker } from 'groupmq'
import { Redis } from 'ioredis'
import type { Task } from '../task.ts'

/** A queue that many tenants share. Nothing is done before `run`. */
export interface BenchTenants {
  /** Up to 1,000 at once. */
  add(entries: readonly { readonly task: Task; readonly tenant: string }[]): Promise<unknown>
  run(): void
  close(): Promise<void>
}

/** How a shared queue is used. */
export interface TenantsOptions {
  readonly concurrency: number
  /** Whether tasks name their tenants, where a contender can tell them apart. */
  readonly named: boolean
  /** One task of a tenant at a time, in order. */
  readonly inOrder: boolean
  /** So many tasks begin in a time, over all workers. */
  readonly rate?: { readonly count: number; readonly perMs: number } | undefined
  readonly onTask: (task: Task) => unknown
}

export type ConnectTenants = (url: string, options: TenantsOptions) => Promise<BenchTenants>

const NAME = 'bench'
const JOB = 'task'
/** Tasks are not taken from a worker while the bench runs. */
const LONG_MS = 120_000

export const connectMqTenants: ConnectTenants = async (url, { concurrency, named, inOrder, rate, onTask }) => {
  const broker = createBroker(redisAdapter({ url }))
  await broker.ready({ timeoutMs: 60_000 })
  const perKey = inOrder ? { perKey: { concurrency: 1 } } : undefined
  const limits = rate === undefined ? perKey : { ...perKey, rate }
  const queue = broker.queue(defineQueue({ name: NAME, payload: unchecked<Task>(), keep: { results: false }, limits }))
  return {
    add: (entries) =>
      queue.enqueueAll(entries.map(({ task, tenant }) => ({ payload: task, ...(named && { key: tenant }) }))),
    run: () => void queue.process(async (task) => onTask(task) as Promise<void>, { concurrency }),
    close: () => broker.close(),
  }
}

/** Without groups, which its paid edition has: tenants are not told apart. */
export const connectBullmqTenants: ConnectTenants = async (url, { concurrency, rate, onTask }) => {
  const connection = { url }
  const queue = new BullQueue(NAME, { connection: { url, enableAutoPipelining: true } })
  const worker = new BullWorker<Task>(NAME, async ({ data }) => onTask(data), {
    connection,
    concurrency,
    autorun: false,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    ...(rate && { limiter: { max: rate.count, duration: rate.perMs } }),
  })
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  return {
    add: (entries) => queue.addBulk(entries.map(({ task }) => ({ name: JOB, data: task }))),
    run: () => void worker.run(),
    async close() {
      await worker.close()
      await queue.close()
    },
  }
}

/** One task of a group at a time, in order, always. It adds a task a call, so its calls share a pipeline. */
export const connectGroupmqTenants: ConnectTenants = async (url, { concurrency, onTask }) => {
  const adding = new Redis(url, { enableAutoPipelining: true, maxRetriesPerRequest: null })
  const working = new Redis(url, { maxRetriesPerRequest: null })
  const options = { namespace: NAME, jobTimeoutMs: LONG_MS, keepCompleted: 0, keepFailed: 0 }
  const producer = new GroupQueue<Task>({ ...options, redis: adding })
  const queue = new GroupQueue<Task>({ ...options, redis: working })
  const worker = new GroupWorker<Task>({ queue, concurrency, handler: async ({ data }) => onTask(data) })
  return {
    add: (entries) => Promise.all(entries.map(({ task, tenant }) => producer.add({ groupId: tenant, data: task }))),
    run: () => void worker.run(),
    async close() {
      await worker.close(5_000)
      await Promise.all([queue.close(), producer.close()])
      adding.disconnect()
      working.disconnect()
    },
  }
}
