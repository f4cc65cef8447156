import { Queue, QueueEvents, Worker } from 'bullmq'
import type { Task } from '../task.ts'
import type { Contender, Reply } from './contender.ts'
import { connectBullmqFlows } from './flows.ts'
import { connectBullmqScheduler } from './schedulers.ts'
import { connectBullmqTenants } from './tenants.ts'

const NAME = 'bench'
const JOB = 'task'

type ConnectionTo = (url: string, enableAutoPipelining: boolean) => object

/** `waitUntilFinished` needs a finished job to be there a moment longer, and a listener to the events of all jobs. */
const KEPT = 1_000

function reply(connectionTo: ConnectionTo): Reply {
  return {
    async connectAsker(url) {
      const queue = new Queue<Task>(NAME, { connection: connectionTo(url, false) })
      const events = new QueueEvents(NAME, { connection: connectionTo(url, false) })
      await Promise.all([queue.waitUntilReady(), events.waitUntilReady()])
      return {
        ask: async (task) => (await queue.add(JOB, task)).waitUntilFinished(events),
        close: async () => {
          await Promise.all([queue.close(), events.close()])
        },
      }
    },
    async connectWorker(url, concurrency, handler) {
      const worker = new Worker<Task>(NAME, (job) => handler(job.data), {
        connection: connectionTo(url, false),
        concurrency,
        autorun: false,
        removeOnComplete: { count: KEPT },
      })
      await worker.waitUntilReady()
      return {
        run: () => void worker.run(),
        close: () => worker.close(),
      }
    },
  }
}

/** BullMQ over ioredis. Metrics and telemetry are off by default; its event stream cannot be switched off. */
function contender(name: string, pipelined: { readonly bulk: boolean; readonly rest: boolean }): Contender {
  const connectionTo: ConnectionTo = (url, enableAutoPipelining) => ({ url, enableAutoPipelining })

  return {
    name,
    package: 'bullmq',
    title: (version) => `BullMQ ${version}${pipelined.rest ? ', otherwise' : ''}`,
    ...(pipelined.rest
      ? undefined
      : {
          pace: { enqueue: 12_000, bulk: 14_000, process: [4_000, 12_000, 16_000] },
          reply: reply(connectionTo),
          connectScheduler: connectBullmqScheduler,
          connectFlows: connectBullmqFlows,
          connectTenants: connectBullmqTenants,
        }),
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
