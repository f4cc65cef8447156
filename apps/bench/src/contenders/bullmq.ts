import { Queue, Worker } from 'bullmq'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'

const NAME = 'bench'
const JOB = 'task'

/** BullMQ over ioredis. Metrics and telemetry are off by default; its event stream cannot be switched off. */
function contender(name: string, pipelined: { readonly bulk: boolean; readonly rest: boolean }): Contender {
  const connectionTo = (url: string, enableAutoPipelining: boolean): object => ({ url, enableAutoPipelining })

  return {
    name,
    package: 'bullmq',
    title: (version) => `BullMQ ${version}${pipelined.rest ? ', otherwise' : ''}`,
    settings: `finished jobs removed, no metrics, \`addBulk\`, auto-pipelining ${pipelined.rest ? 'but not' : 'only'} for that`,
    requests: ({ evalsha = 0, eval: sent = 0, bzpopmin = 0 }) => evalsha + sent + bzpopmin,

    async connectProducer(url) {
      const queue = new Queue<Task>(NAME, { connection: connectionTo(url, pipelined.rest) })
      const bulkQueue = new Queue<Task>(NAME, { connection: connectionTo(url, pipelined.bulk) })
      await Promise.all([queue.waitUntilReady(), bulkQueue.waitUntilReady()])
      return {
        enqueue: (task) => queue.add(JOB, task),
        enqueueAll: (batch) => bulkQueue.addBulk(batch.map((data) => ({ name: JOB, data }))),
        left: async () => {
          const counts = await queue.getJobCounts()
          return Object.values(counts).reduce((sum, count) => sum + count, 0)
        },
        close: async () => {
          await Promise.all([queue.close(), bulkQueue.close()])
        },
      }
    },

    async connectWorker(url, concurrency, handler) {
      const worker = new Worker<Task>(NAME, (job) => handler(job.data), {
        connection: connectionTo(url, pipelined.rest),
        concurrency,
        autorun: false,
        // Finished jobs go at once. Said here and not in each job's options, where it would be stored with every job.
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      })
      await worker.waitUntilReady()
      return {
        run: () => void worker.run(),
        close: () => worker.close(),
      }
    },
  }
}

/**
 * ioredis' auto-pipelining makes `addBulk` faster (1.2×) and everything else slower (concurrent `add` 0.86×, workers
 * 0.6–0.8×), so each gets what suits it. `bullmq-otherwise` is the opposite, to see that it is so.
 */
export const bullmq: Contender = contender('bullmq', { bulk: true, rest: false })
export const bullmqOtherwise: Contender = contender('bullmq-otherwise', { bulk: false, rest: true })
