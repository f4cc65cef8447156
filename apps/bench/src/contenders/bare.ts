import { Redis } from 'ioredis'
import type { Task } from '../task.ts'
import { bareStream } from './bare-stream.ts'
import type { Contender, TaskWorker } from './contender.ts'

const KEY = 'bench'
const FOREVER = 0

/** A list and nothing more: what is popped is lost with its process. The lower bound for every queue. */
export const bare: Contender = {
  name: 'bare',
  settings:
    'a BLPOP connection for each handler; publishing is auto-pipelined; what a handler holds dies with its process; a stream ' +
    'is read and acknowledged in batches of the concurrency, by one loop',
  package: 'ioredis',
  title: (version) => `bare RPUSH/BLPOP (ioredis ${version})`,
  requests: ({ rpush = 0, blpop = 0, publish = 0, xreadgroup = 0, xack = 0 }) =>
    rpush + blpop + publish + xreadgroup + xack,

  async connectProducer(url) {
    const client = await connect(url)
    return {
      enqueue: (task) => client.rpush(KEY, JSON.stringify(task)),
      enqueueAll: (batch) => client.rpush(KEY, ...batch.map((task) => JSON.stringify(task))),
      left: () => client.llen(KEY),
      close: async () => client.disconnect(),
    }
  },

  /** BLPOP blocks its connection, so there is one for each task at a time. */
  async connectWorker(url, concurrency, handler): Promise<TaskWorker> {
    const clients = await Promise.all(Array.from({ length: concurrency }, () => connect(url)))
    const loops: Promise<void>[] = []
    let closing = false
    const loop = async (client: Redis): Promise<void> => {
      while (!closing) {
        // A closed connection ends the wait; nothing was popped then.
        const popped = await client.blpop(KEY, FOREVER).catch((error: unknown) => {
          if (closing) return null
          throw error
        })
        if (popped) await handler(JSON.parse(popped[1]) as Task)
      }
    }
    return {
      run: () => void loops.push(...clients.map(loop)),
      close: async () => {
        closing = true
        for (const client of clients) client.disconnect()
        await Promise.all(loops)
      },
    }
  },

  durable: bareStream,

  async connectTopic(url, onMessage) {
    const [publisher, subscriber] = await Promise.all([connect(url, true), connect(url)])
    subscriber.on('message', (_topic, text) => onMessage(JSON.parse(text) as Task))
    await subscriber.subscribe(KEY)
    return {
      publish: (task) => publisher.publish(KEY, JSON.stringify(task)),
      close: async () => {
        publisher.disconnect()
        subscriber.disconnect()
      },
    }
  },
}

/** Auto-pipelining makes PUBLISH faster (1.1×), RPUSH no faster, and BLPOP slower (0.6×). */
async function connect(url: string, enableAutoPipelining = false): Promise<Redis> {
  const client = new Redis(url, { lazyConnect: true, enableAutoPipelining })
  await client.connect()
  return client
}
