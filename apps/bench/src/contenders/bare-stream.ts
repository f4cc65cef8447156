import { Redis } from 'ioredis'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'

const KEY = 'bench-stream'
const GROUP = 'bench'
const BLOCK_MS = 100

type Entries = readonly (readonly [id: string, fields: readonly string[]])[]

/**
 * XREADGROUP, handlers side by side, XACK, and again: the loop that everybody writes. Lost members' entries stay
 * pending.
 */
export const bareStream: Pick<Contender, 'connectProducer' | 'connectWorker'> = {
  async connectProducer(url) {
    const client = await connect(url)
    await client.xgroup('CREATE', KEY, GROUP, '0', 'MKSTREAM')
    return {
      enqueue: (task) => client.xadd(KEY, '*', 'm', JSON.stringify(task)),
      enqueueAll(batch) {
        const pipeline = client.pipeline()
        for (const task of batch) pipeline.xadd(KEY, '*', 'm', JSON.stringify(task))
        return pipeline.exec()
      },
      async left() {
        const [group] = (await client.xinfo('GROUPS', KEY)) as unknown[][]
        const facts = new Map(Array.from({ length: group!.length / 2 }, (_, i) => [group![2 * i], group![2 * i + 1]]))
        return Number(facts.get('pending')) + Number(facts.get('lag'))
      },
      close: async () => client.disconnect(),
    }
  },

  async connectWorker(url, concurrency, handler) {
    const client = await connect(url)
    let closing = false
    let looping: Promise<void> | undefined
    const loop = async (): Promise<void> => {
      while (!closing) {
        const reply = (await client.xreadgroup(
          'GROUP',
          GROUP,
          'me',
          'COUNT',
          concurrency,
          'BLOCK',
          BLOCK_MS,
          'STREAMS',
          KEY,
          '>',
        )) as [string, Entries][] | null
        const entries = reply?.[0]?.[1] ?? []
        if (entries.length === 0) continue
        await Promise.all(entries.map(([, fields]) => handler(JSON.parse(fields[1]!) as Task)))
        await client.xack(KEY, GROUP, ...entries.map(([id]) => id))
      }
    }
    return {
      run: () => void (looping = loop()),
      close: async () => {
        closing = true
        await looping
        client.disconnect()
      },
    }
  },
}

async function connect(url: string): Promise<Redis> {
  const client = new Redis(url, { lazyConnect: true })
  await client.connect()
  return client
}
