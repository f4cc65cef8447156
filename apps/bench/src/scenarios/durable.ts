import { Audit } from '../audit.ts'
import { costBetween } from '../meters/meter.ts'
import { inBulk } from './enqueue.ts'
import { handleAll } from './handle-all.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

/** How fast one member of a consumer group gets through what is kept, with a handler that does nothing. */
function scenario(concurrency: number, counts: Scenario['counts']): Scenario {
  return {
    name: `durable-${concurrency}`,
    counts,
    size: ({ process }, { durable }) => (durable ? process[2] : undefined),
    warmUp: true,
    async run({ url, contender: whole, meter, profiled }, count) {
      const contender = { ...whole, ...whole.durable }
      const producer = await contender.connectProducer(url)
      await inBulk(producer, count)
      const audit = new Audit(count)
      const before = await meter.read()
      const { tookMs } = await profiled(() => handleAll({ url, contender, producer, audit, concurrency }))
      const cost = costBetween(before, await meter.read())
      await producer.close()
      return { perSecond: (count / tookMs) * 1_000, ...costPerTask(contender, cost, count) }
    },
  }
}

export const durable10: Scenario = scenario(10, { mq: 100_000, bare: 60_000 })
export const durable100: Scenario = scenario(100, { mq: 120_000, bare: 120_000 })
