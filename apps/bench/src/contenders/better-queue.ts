import Queue from 'better-queue'
import type { Task } from '../task.ts'
import type { Contender, TaskHandler } from './contender.ts'
import { inProcess } from './in-process.ts'

export const betterQueue: Contender = {
  ...inProcess(() => {
    let handle: TaskHandler | undefined
    let open = 0
    const work = async (task: Task, done: (error?: unknown, result?: unknown) => void): Promise<void> => {
      try {
        done(null, await handle!(task))
      } catch (error) {
        done(error)
      }
    }
    const queue = new Queue<Task, unknown>((task: Task, done) => void work(task, done), {
      concurrent: 1,
      afterProcessDelay: 0,
      batchDelay: 0,
    })
    queue.pause()
    return {
      push(task) {
        open++
        return new Promise((resolve, reject) => {
          queue.push(task, (error, result) => {
            open--
            if (error) reject(error as Error)
            else resolve(result)
          })
        })
      },
      start(concurrency, handler) {
        handle = handler
        Object.assign(queue, { concurrent: concurrency })
        queue.resume()
      },
      left: () => open,
    }
  }),
  name: 'better-queue',
  package: 'better-queue',
  title: (version) => `better-queue ${version}`,
  settings: 'its memory store, no delays; retries, batches and priorities are there and not used',
  pace: { enqueue: 30_000, bulk: 30_000, process: [10_000, 10_000, 10_000] },
}
