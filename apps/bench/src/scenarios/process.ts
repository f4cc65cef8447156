import { Audit } from '../audit.ts'
import { costBetween } from '../meters/meter.ts'
import { inBulk } from './enqueue.ts'
import { handleAll } from './handle-all.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

/** How fast one worker gets through what waits, with a handler that does nothing. */
function scenario(concurrency: number, counts: Scenario['counts'], pace: 0 | 1 | 2): Scenario {
  return {
    name: `process-${concurrency}`,
    counts,
    size: ({ process }) => process[pace],
    warmUp: true,
    async run({ url, contender, meter, profiled, usedCpuUs }, count) {
      const producer = await contender.connectProducer(url)
      await inBulk(producer, count)
      const audit = new Audit(count)
      const before = await meter.read()
      const usedBefore = usedCpuUs()
      const { tookMs } = await profiled(() => handleAll({ url, contender, producer, audit, concurrency }))
      const ownCpuUs = (usedCpuUs() - usedBefore) / count
      const cost = costBetween(before, await meter.read())
      await producer.close()
      return { perSecond: (count / tookMs) * 1_000, ownCpuUs, ...costPerTask(contender, cost, count) }
    },
  }
}

export const process1: Scenario = scenario(
  1,
  {
    mq: 80_000,
    'mq-keeping': 80_000,
    bullmq: 4_000,
    'bullmq-otherwise': 4_000,
    'bee-queue': 3_000,
    bare: 10_000,
  },
  0,
)

export const process10: Scenario = scenario(
  10,
  {
    mq: 100_000,
    'mq-keeping': 100_000,
    bullmq: 12_000,
    'bullmq-otherwise': 12_000,
    'bee-queue': 16_000,
    bare: 24_000,
  },
  1,
)

export const process100: Scenario = scenario(
  100,
  {
    mq: 120_000,
    'mq-keeping': 120_000,
    bullmq: 16_000,
    'bullmq-otherwise': 16_000,
    'bee-queue': 24_000,
    bare: 30_000,
  },
  2,
)

export const process1000: Scenario = scenario(1_000, {}, 2)
