import type { JackdClient } from 'jackd'
import { TUBE } from '../servers/beanstalkd.ts'
import { Jackd } from '../servers/jackd.ts'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'

/** `reserve` blocks its connection, so there is one for each task at a time. */
export const beanstalkd: Contender = {
  name: 'beanstalkd',
  package: 'jackd',
  title: (version) => `beanstalkd (jackd ${version})`,
  settings:
    'a connection for each handler, which deletes a task and reserves the next in one go; for many, `put`s side by side',
  server: 'beanstalkd',
  pace: { enqueue: 25_000, bulk: 30_000, process: [8_000, 15_000, 15_000] },
  syncedShare: 0.03,
  lacks: { reply: 'has no way to await a result', fanout: 'has no channels' },

  async connectProducer(url) {
    const client = await connect(url)
    await client.use(TUBE)
    const put = (task: Task): Promise<string> => client.put(JSON.stringify(task))
    return {
      enqueue: put,
      enqueueAll: (batch) => Promise.all(batch.map(put)),
      async left() {
        const stats = await client.statsTube(TUBE)
        const count = (state: string): number =>
          Number(new RegExp(`^current-jobs-${state}: (\\d+)`, 'm').exec(stats)?.[1])
        return ['ready', 'reserved', 'delayed', 'buried'].reduce((sum, state) => sum + count(state), 0)
      },
      close: () => client.quit(),
    }
  },

  async connectWorker(url, concurrency, handler) {
    const clients = await Promise.all(Array.from({ length: concurrency }, () => connect(url)))
    await Promise.all(clients.map(async (client) => client.watch(TUBE)))
    const loops: Promise<void>[] = []
    let closing = false
    const loop = async (client: JackdClient): Promise<void> => {
      let reserved = client.reserve()
      for (;;) {
        // Nothing is reserved by a connection that ends while it waits.
        const job = await reserved.catch((error: unknown) => {
          if (closing) return undefined
          throw error
        })
        if (job === undefined) return
        await handler(JSON.parse(job.payload.toString()) as Task)
        const deleted = client.delete(job.id)
        if (closing) return deleted
        reserved = client.reserve()
        await deleted
      }
    }
    return {
      run: () => void loops.push(...clients.map(loop)),
      async close() {
        closing = true
        // A waiting `reserve` has no other end; what is handled at the moment is deleted first.
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
        for (const client of clients) client.socket.destroy()
        await Promise.race([Promise.all(loops), new Promise((resolve) => setTimeout(resolve, QUIET_MS))])
      },
    }
  },
}

const QUIET_MS = 100

async function connect(url: string): Promise<JackdClient> {
  const { hostname, port } = new URL(url)
  return new Jackd().connect({ host: hostname, port: Number(port) })
}
