import { createBroker, defineQueue, unchecked } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startCluster } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { Audit } from '../audit.ts'
import { makeTasks, RESULT } from '../task.ts'
import type { Task } from '../task.ts'
import type { Scenario } from './scenario.ts'

const CALLERS = 100
const CONCURRENCY = 100
const TASKS = 30_000

/** What a node has done so far. */
interface Spent {
  readonly cpuUs: number
  readonly commands: number
}

/**
 * One queue on a cluster of three masters of its own: how evenly they work, and what a task costs them together.
 * Producers and the worker are in this process.
 */
function scenario(partitions: number): Scenario {
  return {
    name: `partitions-${partitions}`,
    counts: { mq: TASKS },
    optional: true,
    warmUp: partitions === FEWEST,
    async run(_stage, count) {
      const cluster = await startCluster()
      const admins = cluster.masters.map(({ url }) => new Redis(url))
      try {
        const broker = createBroker(redisAdapter({ urls: cluster.urls }))
        await broker.ready({ timeoutMs: 60_000 })
        const queue = broker.queue(
          defineQueue({ name: 'bench', partitions, payload: unchecked<Task>(), keep: { results: false } }),
        )
        const audit = new Audit(count)
        const handler = async ({ n }: Task): Promise<unknown> => {
          audit.handled(n)
          return RESULT
        }
        await queue.stats()
        const before = await Promise.all(admins.map(spentBy))
        const begunAt = performance.now()
        const worker = queue.process(handler, { concurrency: CONCURRENCY })
        const tasks = makeTasks(0, count)
        const producers = Array.from({ length: CALLERS }, async () => {
          for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) await queue.enqueue(task)
        })
        await Promise.all(producers)
        await queue.drain()
        const seconds = (performance.now() - begunAt) / 1_000
        const after = await Promise.all(admins.map(spentBy))
        await worker.close()
        await broker.close()
        audit.verifyNoneTwice()
        const cpu = after.map(({ cpuUs }, i) => cpuUs - before[i]!.cpuUs)
        const commands = after.map((spent, i) => spent.commands - before[i]!.commands)
        return {
          perSecond: count / seconds,
          cpuUs: sumOf(cpu) / count,
          busiestCpuUs: Math.max(...cpu) / count,
          busiestShare: Math.max(...commands) / sumOf(commands),
        }
      } finally {
        for (const admin of admins) admin.disconnect()
        await cluster.stop()
      }
    },
  }
}

async function spentBy(admin: Redis): Promise<Spent> {
  const info = `${await admin.info('cpu')}${await admin.info('commandstats')}`
  const numberOf = (field: string): number => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0)
  const calls = [...info.matchAll(/^cmdstat_(?!info|ping|cluster)[^:]+:calls=(\d+)/gm)].map(([, each]) => Number(each))
  return { cpuUs: 1e6 * (numberOf('used_cpu_user') + numberOf('used_cpu_sys')), commands: sumOf(calls) }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}

const FEWEST = 1

export const PARTITIONS: readonly number[] = [FEWEST, 8, 24]
export const partitions: readonly Scenario[] = PARTITIONS.map(scenario)
