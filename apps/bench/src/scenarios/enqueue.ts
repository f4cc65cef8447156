import { Audit } from '../audit.ts'
import type { Producer } from '../contenders/contender.ts'
import { costBetween } from '../meters/meter.ts'
import { makeTask, makeTasks } from '../task.ts'
import { handleAll } from './handle-all.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

const CALLERS = 1_000
const BULK = 1_000
const DRAIN_CONCURRENCY = 100

type Way = (producer: Producer, count: number) => Promise<void>

/** A thousand callers at once, each of whom waits for its own task before the next. */
async function byCallers(producer: Producer, count: number): Promise<void> {
  let next = 0
  const call = async (): Promise<void> => {
    while (next < count) await producer.enqueue(makeTask(next++))
  }
  await Promise.all(Array.from({ length: CALLERS }, call))
}

/** One caller, a thousand tasks in each call. */
export async function inBulk(producer: Producer, count: number): Promise<void> {
  for (let first = 0; first < count; first += BULK) {
    await producer.enqueueAll(makeTasks(first, Math.min(first + BULK, count)))
  }
}

/** How fast tasks are stored while no worker runs; afterwards all are handled, for the audit. */
function scenario(name: 'enqueue' | 'bulk', way: Way, counts: Scenario['counts']): Scenario {
  return {
    name,
    counts,
    size: (pace) => pace[name],
    warmUp: true,
    async run({ url, contender, meter, profiled, usedCpuUs }, count) {
      const producer = await contender.connectProducer(url)
      const before = await meter.read()
      const [startedAt, usedBefore] = [performance.now(), usedCpuUs()]
      await profiled(() => way(producer, count))
      const tookMs = performance.now() - startedAt
      const ownCpuUs = (usedCpuUs() - usedBefore) / count
      const cost = costBetween(before, await meter.read())
      const audit = new Audit(count)
      await handleAll({ url, contender, producer, audit, concurrency: DRAIN_CONCURRENCY })
      await producer.close()
      return { perSecond: (count / tookMs) * 1_000, ownCpuUs, ...costPerTask(contender, cost, count) }
    },
  }
}

export const enqueue: Scenario = scenario('enqueue', byCallers, {
  mq: 100_000,
  'mq-keeping': 60_000,
  bullmq: 12_000,
  'bullmq-otherwise': 12_000,
  'bee-queue': 30_000,
  bare: 40_000,
})

/** Not for mq with results kept: adding tasks is the same, and nothing else is reported of it. */
export const bulk: Scenario = scenario('bulk', inBulk, {
  mq: 120_000,
  bullmq: 14_000,
  'bullmq-otherwise': 14_000,
  'bee-queue': 30_000,
  bare: 40_000,
})
