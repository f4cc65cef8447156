import BeeQueue from 'bee-queue'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'

/** As its README advises for speed: no events, no jobs kept in memory, finished jobs removed. */
const LEAN = {
  getEvents: false,
  sendEvents: false,
  storeJobs: false,
  removeOnSuccess: true,
  removeOnFailure: true,
} as const

/** bee-queue with the redis 3 client that it brings. */
export const beeQueue: Contender = {
  name: 'bee-queue',
  settings: 'no events, nothing kept, `saveAll`, and the client that it brings (redis 3; the others use ioredis)',
  package: 'bee-queue',
  title: (version) => `bee-queue ${version}`,
  // SREM once by itself and once in the transaction that ends a job; a transaction is awaited as one.
  requests: ({ evalsha = 0, brpoplpush = 0, hget = 0, srem = 0, exec = 0, multi = 0 }) =>
    evalsha + brpoplpush + hget + (srem - multi) + exec,

  pace: { enqueue: 30_000, bulk: 30_000, process: [3_000, 16_000, 24_000] },

  async connectProducer(url) {
    const queue = new BeeQueue<Task>('bench', { ...LEAN, isWorker: false, redis: addressOf(url) })
    await queue.ready()
    return {
      enqueue: (task) => queue.createJob(task).save(),
      enqueueAll: async (batch) => {
        const errors = await queue.saveAll(batch.map((task) => queue.createJob(task)))
        for (const error of errors.values()) throw error
      },
      left: async () => {
        const { waiting, active, delayed, failed, succeeded } = await queue.checkHealth()
        return waiting + active + delayed + failed + succeeded
      },
      close: () => queue.close(),
    }
  },

  async connectWorker(url, concurrency, handler) {
    const queue = new BeeQueue<Task>('bench', { ...LEAN, redis: addressOf(url) })
    await queue.ready()
    return {
      run() {
        queue.process(concurrency, (job) => handler(job.data))
      },
      close: () => queue.close(),
    }
  },

  // Events are how a producer learns of a result.
  reply: {
    async connectAsker(url) {
      const queue = new BeeQueue<Task>('bench', {
        ...LEAN,
        isWorker: false,
        getEvents: true,
        storeJobs: true,
        redis: addressOf(url),
      })
      await queue.ready()
      return {
        async ask(task) {
          const job = queue.createJob(task)
          const answered = new Promise((resolve, reject) => job.on('succeeded', resolve).on('failed', reject))
          await job.save()
          return answered
        },
        close: () => queue.close(),
      }
    },
    async connectWorker(url, concurrency, handler) {
      const queue = new BeeQueue<Task>('bench', { ...LEAN, sendEvents: true, redis: addressOf(url) })
      await queue.ready()
      return {
        run() {
          queue.process(concurrency, (job) => handler(job.data))
        },
        close: () => queue.close(),
      }
    },
  },
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}
