import { createBroker, defineQueue, unchecked } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { Audit } from '../audit.ts'
import { costBetween } from '../meters/meter.ts'
import { makeTasks } from '../task.ts'
import type { Task } from '../task.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

const INBOX = 'bench:pushed'
const BULK = 1_000
const CONCURRENCY = 100

/** Tasks that another program pushed to a list: only mq takes them from there. */
export const inbox: Scenario = {
  name: 'inbox',
  counts: { mq: 60_000 },
  warmUp: true,
  async run({ url, contender, meter, profiled }, count) {
    const other = new Redis(url)
    for (let from = 0; from < count; from += BULK) {
      await other.lpush(INBOX, ...makeTasks(from, Math.min(from + BULK, count)).map((task) => JSON.stringify(task)))
    }
    const broker = createBroker(redisAdapter({ url }))
    const definition = { name: 'bench', payload: unchecked<Task>(), keep: { results: false }, inbox: INBOX } as const
    const queue = broker.queue(defineQueue(definition))
    const audit = new Audit(count)
    const before = await meter.read()
    const startedAt = performance.now()
    await profiled(async () => {
      queue.process(async ({ n }) => audit.handled(n), { concurrency: CONCURRENCY })
      await queue.drain({ timeoutMs: 60_000 })
    })
    const tookMs = performance.now() - startedAt
    const cost = costBetween(before, await meter.read())
    await broker.close()
    await other.quit()
    audit.verify()
    return { perSecond: (count / tookMs) * 1_000, ...costPerTask(contender, cost, count) }
  },
}
