import { createBroker, defineQueue, unchecked } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { Audit } from '../audit.ts'
import { costBetween } from '../meters/meter.ts'
import { makeTasks } from '../task.ts'
import type { Task } from '../task.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

const BULK = 1_000
/** Calls at once. */
const CONCURRENCY = 10

/**
 * A handler that asks a database once a call, for one task or for a hundred. Only mq: BullMQ has batches in its paid
 * edition alone, and the others have none.
 */
function scenario(size: 1 | 100, count: number): Scenario {
  const definition = defineQueue({ name: 'bench', payload: unchecked<Task>(), keep: { results: false } })
  return {
    name: `batch-${size}`,
    counts: { mq: count },
    optional: true,
    warmUp: true,
    async run({ url, contender, meter, profiled }, count) {
      const broker = createBroker(redisAdapter({ url }))
      const database = new Redis(url)
      const queue = broker.queue(definition)
      for (let from = 0; from < count; from += BULK) {
        await queue.enqueueAll(makeTasks(from, Math.min(from + BULK, count)).map((payload) => ({ payload })))
      }
      const audit = new Audit(count)
      const before = await meter.read()
      const startedAt = performance.now()
      await profiled(async () => {
        const ask = async (tasks: readonly Task[]): Promise<void> => {
          await database.incrby('rows', tasks.length)
          for (const { n } of tasks) audit.handled(n)
        }
        if (size === 1) queue.process((task) => ask([task]), { concurrency: CONCURRENCY })
        else queue.processBatch(ask, { size, waitMs: 5, concurrency: CONCURRENCY })
        await queue.drain({ timeoutMs: 60_000 })
      })
      const tookMs = performance.now() - startedAt
      const cost = costBetween(before, await meter.read())
      await broker.close()
      await database.quit()
      audit.verify()
      return { perSecond: (count / tookMs) * 1_000, ...costPerTask(contender, cost, count) }
    },
  }
}

export const batches: readonly Scenario[] = [scenario(1, 40_000), scenario(100, 200_000)]
