import { inBulk } from './enqueue.ts'
import type { Scenario } from './scenario.ts'

/** What a waiting task takes in Redis, once the connection that brought it is gone. */
export const memory: Scenario = {
  name: 'memory',
  counts: {
    mq: 200_000,
    bullmq: 200_000,
    'bullmq-otherwise': 200_000,
    'bee-queue': 200_000,
    bare: 200_000,
  },
  once: true,
  warmUp: false,
  async run({ url, contender, meter }, count) {
    const before = await meter.settledMemory()
    const producer = await contender.connectProducer(url)
    await inBulk(producer, count)
    const left = await producer.left()
    if (left !== count) throw new Error(`${count} tasks were enqueued, yet ${left} wait`)
    await producer.close()
    return { bytes: ((await meter.settledMemory()) - before) / count }
  },
}
