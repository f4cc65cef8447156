import PQueue from 'p-queue'
import type { Contender, TaskHandler } from './contender.ts'
import { inProcess } from './in-process.ts'

export const pQueue: Contender = {
  ...inProcess(() => {
    let handle: TaskHandler | undefined
    const queue = new PQueue({ concurrency: 1, autoStart: false })
    return {
      push: (task) => queue.add(() => handle!(task)),
      start(concurrency, handler) {
        handle = handler
        queue.concurrency = concurrency
        queue.start()
      },
      left: () => queue.size + queue.pending,
    }
  }),
  name: 'p-queue',
  package: 'p-queue',
  title: (version) => `p-queue ${version}`,
  settings: 'defaults; priorities and timeouts, no retries',
  pace: { enqueue: 200_000, bulk: 200_000, process: [300_000, 300_000, 300_000] },
}
