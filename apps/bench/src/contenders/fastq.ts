import { promise as fastQueue } from 'fastq'
import type { Task } from '../task.ts'
import type { Contender, TaskHandler } from './contender.ts'
import { inProcess } from './in-process.ts'

export const fastq: Contender = {
  ...inProcess(() => {
    let handle: TaskHandler | undefined
    const queue = fastQueue<undefined, Task>((task) => handle!(task), 1)
    queue.pause()
    return {
      push: (task) => queue.push(task),
      start(concurrency, handler) {
        handle = handler
        queue.concurrency = concurrency
        queue.resume()
      },
      left: () => queue.length() + queue.running(),
    }
  }),
  name: 'fastq',
  package: 'fastq',
  title: (version) => `fastq ${version}`,
  settings: 'its promise API; no retries, no delays, no limits',
  pace: { enqueue: 400_000, bulk: 400_000, process: [800_000, 800_000, 800_000] },
}
