import { bury, defineQueue } from '@mq/core'
import type { Queue } from '@mq/core'
import type { BrokerBench } from '../broker-bench.ts'

const doomed = defineQueue({ name: 'q', attempts: 1 })
type Doomed = Queue<any, any, any, any>

/** Dead letters, as many as there are options; their worker is gone. */
export async function buried(
  { broker, clock }: BrokerBench,
  ...options: object[]
): Promise<{ queue: Doomed; ids: string[] }> {
  const queue = broker.queue(doomed)
  const worker = queue.process(() => bury('broken'))
  const tasks = await queue.enqueueAll(options.map((each, i) => ({ payload: `${i}`, ...each })))
  await clock.advance(100)
  const closed = worker.close()
  await clock.advance(100)
  await closed
  return { queue, ids: tasks.map(({ id }) => id) }
}
