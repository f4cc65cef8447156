import { Queue, Worker } from 'bullmq'
import type { Job, JobType } from 'bullmq'
import type { StoredTask } from '../end-state/end-state.ts'
import type { Payload } from '../programs/payload.ts'
import type { Contender } from './contender.ts'
import { QUEUE } from './contender.ts'
import { bullWaysTo } from './bullmq-ways.ts'
import { refusedByReply } from './refused-by-reply.ts'

const ATTEMPTS = 5

/** A dead worker's jobs are moved back as often as it takes: the default gives them up after one. */
const STALLED_COUNT = 5

export const bullmq: Contender = {
  name: 'bullmq',
  settings: `\`lockDuration\` and \`stalledInterval\` of \`leaseMs\`, \`maxStalledCount\` ${STALLED_COUNT}, finished jobs kept for 60 s; \`failoverDetector\` with sentinels, and keys in one slot of a cluster`,

  // The first start and as many further ones as it may stall.
  crashLimit: STALLED_COUNT + 1,

  async connectProducer(place, recorder) {
    const { options, end } = bullWaysTo(place)
    const queue = new Queue<Payload>(QUEUE, options)
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
      close: () => queue.close().finally(end),
    }
  },

  async connectWorker({ concurrency, leaseMs, ...place }, recorder, handle) {
    const { options, end } = bullWaysTo(place)
    const worker = new Worker<Payload>(
      QUEUE,
      (job) => handle(job.data, { n: String(job.id), fence: 0, attempt: job.attemptsMade + 1 }),
      {
        ...options,
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
        await worker.close().finally(end)
        return 0
      },
    }
  },

  async watch(place) {
    const { options, end } = bullWaysTo(place)
    const queue = new Queue(QUEUE, options)
    queue.on('error', () => undefined) // the harness asks again
    return {
      async left() {
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized')
        return Object.values(counts).reduce((sum, count) => sum + count, 0)
      },
      close: () => queue.close().finally(end),
    }
  },

  async endState(place) {
    const { options, end } = bullWaysTo(place)
    const queue = new Queue<Payload>(QUEUE, options)
    try {
      const of = (state: JobType): Promise<Job<Payload>[]> => queue.getJobs([state], 0, -1)
      const stored = async (state: JobType, place: StoredTask['place']): Promise<StoredTask[]> =>
        (await of(state)).map(({ id, data }) => ({ n: String(id), place, payload: JSON.stringify(data) }))
      const tasks = await Promise.all([
        stored('waiting', 'waiting'),
        stored('prioritized', 'waiting'),
        stored('active', 'running'),
        stored('delayed', 'delayed'),
      ])
      const dead = (await of('failed')).map(({ id, data, failedReason }) => ({
        n: String(id),
        reason: failedReason,
        payload: JSON.stringify(data),
      }))
      return { tasks: tasks.flat(), dead, ended: [], defects: [], sizes: {} }
    } finally {
      await queue.close().finally(end)
    }
  },
}
