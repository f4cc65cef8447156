import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createBroker, defineQueue } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Queue, Worker } from 'bullmq'
import type { Scenario } from './scenario.ts'

const AT_ONCE = 2
/** As either loads it: mq calls it with the payload, BullMQ with its job. */
const FILE = 'export default (given) => (given.data ?? given).n + 1\n'

interface Runner {
  /** Enqueues so many, and resolves when all are done. */
  run(count: number): Promise<void>
  close(): Promise<void>
}
type Connect = (url: string, file: string, kind: 'thread' | 'process') => Promise<Runner>

const connectMq: Connect = async (url, file, kind) => {
  const broker = createBroker(redisAdapter({ url }))
  const queue = broker.queue(defineQueue({ name: 'bench', keep: { results: false } }))
  // Only here: the helpers of other scenarios are started without what loads it from source.
  const { isolate } = await import('@mq/isolate')
  const handler = isolate(pathToFileURL(file), { isolate: kind, size: AT_ONCE, execArgv: [] })
  await handler.ready()
  queue.process(handler, { concurrency: AT_ONCE })
  return {
    async run(count) {
      await queue.enqueueAll(Array.from({ length: count }, (_, n) => ({ payload: { n } })))
      await queue.drain({ timeoutMs: 60_000 })
    },
    async close() {
      await broker.close()
      await handler.close()
    },
  }
}

const connectBullmq: Connect = async (url, file, kind) => {
  const connection = { url }
  const queue = new Queue('bench', { connection })
  let left = 0
  let done = (): void => undefined
  const worker = new Worker('bench', pathToFileURL(file), {
    connection,
    concurrency: AT_ONCE,
    useWorkerThreads: kind === 'thread',
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  worker.on('completed', () => void (--left === 0 && done()))
  await worker.waitUntilReady()
  return {
    async run(count) {
      left = count
      const ended = new Promise<void>((resolve) => (done = resolve))
      await queue.addBulk(Array.from({ length: count }, (_, n) => ({ name: 'add', data: { n } })))
      await ended
    },
    async close() {
      await worker.close()
      await queue.close()
    },
  }
}

/** What a task costs that runs in a thread or process of its own, two at once, when those are there. */
function scenario(kind: 'thread' | 'process'): Scenario {
  return {
    name: `isolated-${kind}`,
    counts: { mq: 1_000, bullmq: 1_000 },
    optional: true,
    warmUp: false,
    async run({ url, contender, profiled, usedCpuUs }, count) {
      const directory = await mkdtemp(join(tmpdir(), 'mq-bench-'))
      const file = join(directory, 'handler.mjs')
      await writeFile(file, FILE)
      const runner = await (contender.name === 'mq' ? connectMq : connectBullmq)(url, file, kind)
      await runner.run(AT_ONCE * 10)
      const usedBefore = usedCpuUs()
      const startedAt = performance.now()
      await profiled(() => runner.run(count))
      const tookMs = performance.now() - startedAt
      const ownCpuUs = (usedCpuUs() - usedBefore) / count
      await runner.close()
      await rm(directory, { recursive: true })
      return { perSecond: (count / tookMs) * 1_000, ownCpuUs }
    },
  }
}

export const isolated: readonly Scenario[] = [scenario('thread'), scenario('process')]
