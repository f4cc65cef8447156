import { Queue, Worker } from 'bullmq'
import type { Payload } from '../programs/payload.ts'
import type { Contender } from './contender.ts'
import { QUEUE } from './contender.ts'
import { refusedByReply } from './refused-by-reply.ts'

const ATTEMPTS = 5

/** A dead worker's jobs are moved back as often as it takes: the default gives them up after one. */
const STALLED_COUNT = 5

export const bullmq: Contender = {
  name: 'bullmq',
  settings: `\`lockDuration\` and \`stalledInterval\` of \`leaseMs\`, \`maxStalledCount\` ${STALLED_COUNT}, finished jobs removed`,

  async connectProducer({ url }, recorder) {
    const queue = new Queue<Payload>(QUEUE, { connection: { url } })
    queue.on('error', (error) => recorder.write({ ev: 'error', code: error.name, message: error.message }))
    return {
      async enqueue(payload, { id, delayMs }) {
        const job = await queue.add('task', payload, {
          attempts: ATTEMPTS,
          backoff: { type: 'fixed', delay: 20 },
          removeOnComplete: { age: 60 },
          removeOnFail: false,
          ...(id !== undefined && { jobId: id }),
          ...(delayMs !== undefined && { delay: delayMs }),
        })
        return String(job.id)
      },
      provesFailure: refusedByReply,
      close: () => queue.close(),
    }
  },

  async connectWorker({ url, concurrency, leaseMs }, recorder, handle) {
    const worker = new Worker<Payload>(
      QUEUE,
      (job) => handle(job.data, { n: String(job.id), fence: 0, attempt: job.attemptsMade + 1 }),
      {
        connection: { url },
        concurrency,
        autorun: false,
        lockDuration: leaseMs,
        stalledInterval: leaseMs,
        maxStalledCount: STALLED_COUNT,
      },
    )
    worker.on('error', (error) => recorder.write({ ev: 'error', code: error.name, message: error.message }))
    worker.on('completed', (job) => {
      recorder.write({ ev: 'settle.ok', n: String(job.id), lease: '', kind: 'complete' })
    })
    worker.on('failed', (job) => {
      if (job) recorder.write({ ev: 'settle.ok', n: String(job.id), lease: '', kind: 'retry' })
    })
    return {
      run: () => void worker.run().catch(() => undefined),
      async close() {
        await worker.close()
        return 0
      },
    }
  },

  async watch(url) {
    const queue = new Queue(QUEUE, { connection: { url } })
    queue.on('error', () => undefined) // the harness asks again
    return {
      async left() {
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized')
        return Object.values(counts).reduce((sum, count) => sum + count, 0)
      },
      close: () => queue.close(),
    }
  },
}
