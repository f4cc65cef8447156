import { createBroker, defineQueue, unchecked } from '@mq/core'
import type { Adapter } from '@mq/core/adapter'
import { memoryAdapter } from '@mq/memory-adapter'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'
import { OF_ONE_PROCESS } from './in-process.ts'

const tasks = defineQueue({ name: 'bench', payload: unchecked<Task>(), keep: { results: false } })
const asked = defineQueue({ name: 'bench', payload: unchecked<Task>() })

/** The storage of the last producer; its workers share it. */
let adapter: Adapter = memoryAdapter()

/** mq in the memory of one process, with everything that it does on Redis too: leases, retries, limits. */
export const mqMemory: Contender = {
  name: 'mq-memory',
  package: '@mq/memory-adapter',
  title: (version) => `mq ${version} in memory`,
  settings: 'defaults, but no results kept, since the peers keep none (request/reply keeps them)',
  server: 'memory',
  lacks: OF_ONE_PROCESS,
  pace: { enqueue: 150_000, bulk: 300_000, process: [40_000, 120_000, 150_000] },

  async connectProducer() {
    adapter = memoryAdapter()
    const broker = createBroker(adapter)
    const queue = broker.queue(tasks)
    return {
      enqueue: (task) => queue.enqueue(task),
      enqueueAll: (batch) => queue.enqueueAll(batch.map((payload) => ({ payload }))),
      async left() {
        const { waiting, delayed, running, dead } = await queue.stats()
        return waiting + delayed + running + dead
      },
      close: () => broker.close(),
    }
  },

  async connectWorker(_url, concurrency, handler) {
    const broker = createBroker(adapter)
    return {
      run: () => void broker.queue(tasks).process(handler, { concurrency }),
      close: () => broker.close(),
    }
  },

  reply: {
    async connectAsker() {
      adapter = memoryAdapter()
      const broker = createBroker(adapter)
      const queue = broker.queue(asked)
      return {
        ask: async (task) => (await queue.enqueue(task)).result(),
        close: () => broker.close(),
      }
    },
    async connectWorker(_url, concurrency, handler) {
      const broker = createBroker(adapter)
      return {
        run: () => void broker.queue(asked).process(handler, { concurrency }),
        close: () => broker.close(),
      }
    },
  },
}
