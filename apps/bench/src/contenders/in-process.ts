import type { Task } from '../task.ts'
import type { Contender, TaskHandler } from './contender.ts'

/** What has no meaning for what lives in one process. */
export const OF_ONE_PROCESS = {
  workers: 'lives in one process',
  'round-trip': 'has no server',
  depth: 'shares its heap with all else in the process, which says nothing of a single task',
} as const

/** What a library of the process' own memory is, for the bench: made once, given a handler and a concurrency later. */
export interface InProcessQueue {
  /** Resolves with the handler's answer. */
  push(task: Task): Promise<unknown>
  start(concurrency: number, handler: TaskHandler): void
  /** Waiting and running. */
  left(): number
}

/** Such a library has one object where others have a producer and a worker: these are both sides of the last one. */
export function inProcess(
  make: () => InProcessQueue,
): Pick<Contender, 'server' | 'lacks' | 'connectProducer' | 'connectWorker' | 'reply'> {
  let queue = make()
  const connectWorker: Contender['connectWorker'] = async (_url, concurrency, handler) => {
    const served = queue
    return { run: () => served.start(concurrency, handler), close: async () => undefined }
  }
  return {
    server: 'memory',
    lacks: { ...OF_ONE_PROCESS, fanout: 'has no channels' },
    async connectProducer() {
      const fed = (queue = make())
      const push = (task: Task): void => void fed.push(task)
      return {
        // Accepted when it is pushed: the promise of `push` is for the handler's end.
        enqueue: async (task) => push(task),
        enqueueAll: async (batch) => batch.forEach(push),
        left: async () => fed.left(),
        close: async () => undefined,
      }
    },
    connectWorker,
    reply: {
      connectWorker,
      async connectAsker() {
        const asked = (queue = make())
        return { ask: (task) => asked.push(task), close: async () => undefined }
      },
    },
  }
}
