import BeeQueue from 'bee-queue'
import type { StoredTask } from '../end-state/end-state.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Payload } from '../programs/payload.ts'
import type { Contender } from './contender.ts'
import { QUEUE } from './contender.ts'
import { refusedByReply } from './refused-by-reply.ts'

const RETRIES = 4
const MOST_JOBS = 1_000_000

export const beeQueue: Contender = {
  name: 'bee-queue',
  settings:
    '`stallInterval` of `leaseMs`, 4 retries, delayed jobs on, finished jobs removed, the client that it brings',
  isForOneServer: true,

  // It has none: the checker sees that the task is never given up.
  crashLimit: Number.POSITIVE_INFINITY,

  async connectProducer({ url }, recorder) {
    const queue = open(url, { isWorker: false, removeOnSuccess: true }, recorder)
    return {
      async enqueue(payload, { id, delayMs }) {
        const job = queue.createJob(payload).retries(RETRIES).backoff('fixed', 20)
        if (id !== undefined) job.setId(id)
        if (delayMs !== undefined) job.delayUntil(Date.now() + delayMs)
        const saved = await job.save()
        return saved.id ?? id ?? ''
      },
      provesFailure: refusedByReply,
      close: () => queue.close(),
    }
  },

  async connectWorker({ url, concurrency, leaseMs }, recorder, handle) {
    const options = { stallInterval: leaseMs, activateDelayedJobs: true, removeOnSuccess: true }
    const queue = open(url, options, recorder)
    const settled = (id: string, kind: 'complete' | 'retry'): void =>
      recorder.write({ ev: 'settle.ok', n: id, lease: '', kind })
    queue.on('succeeded', (job) => settled(job.id, 'complete'))
    queue.on('retrying', (job) => settled(job.id, 'retry'))
    return {
      run() {
        queue.process(concurrency, (job: BeeQueue.Job<Payload>) => {
          const attempt = RETRIES + 1 - job.options.retries
          return handle(job.data, { n: job.id, fence: 0, attempt })
        })
        void queue.checkStalledJobs(leaseMs).catch(() => undefined)
      },
      async close(deadlineMs) {
        await queue.close(deadlineMs)
        return 0
      },
    }
  },

  async watch({ url }) {
    const queue = open(url, { isWorker: false }, undefined)
    return {
      async left() {
        const { waiting, active, delayed } = await queue.checkHealth()
        return waiting + active + delayed
      },
      close: () => queue.close(),
    }
  },

  async endState({ url }) {
    const queue = open(url, { isWorker: false }, undefined)
    try {
      const of = async (
        place: 'waiting' | 'active' | 'delayed' | 'failed',
      ): Promise<{ n: string; payload: string }[]> => {
        const jobs = await queue.getJobs(place, { start: 0, end: MOST_JOBS, size: MOST_JOBS })
        return jobs.map(({ id, data }) => ({ n: id, payload: JSON.stringify(data) }))
      }
      const [waiting, active, delayed, failed] = await Promise.all([
        of('waiting'),
        of('active'),
        of('delayed'),
        of('failed'),
      ])
      const tasks: StoredTask[] = [
        ...waiting.map((task) => ({ ...task, place: 'waiting' as const })),
        ...active.map((task) => ({ ...task, place: 'running' as const })),
        ...delayed.map((task) => ({ ...task, place: 'delayed' as const })),
      ]
      return { tasks, dead: failed.map((task) => ({ ...task, reason: 'failed' })), ended: [], defects: [], sizes: {} }
    } finally {
      await queue.close()
    }
  },
}

function open(url: string, options: BeeQueue.QueueSettings, recorder: Recorder | undefined): BeeQueue<Payload> {
  const { hostname, port } = new URL(url)
  const queue = new BeeQueue<Payload>(QUEUE, {
    ...options,
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
    redis: { host: hostname, port: Number(port) },
  })
  queue.on('error', (error) => recorder?.write({ ev: 'error', code: error.name, message: error.message }))
  return queue
}
