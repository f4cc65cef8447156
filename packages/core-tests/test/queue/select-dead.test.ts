import { bury, defineQueue } from '@mq/core'
import type { Queue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

const doomed = defineQueue({ name: 'q', attempts: 1 })
type Doomed = Queue<any, any, any, any>

/** Dead letters, as many as there are options; their worker is gone. */
async function buried({ broker, clock }: BrokerBench, ...options: object[]): Promise<{ queue: Doomed; ids: string[] }> {
  const queue = broker.queue(doomed)
  const worker = queue.process(() => bury('broken'))
  const tasks = await queue.enqueueAll(options.map((each, i) => ({ payload: `${i}`, ...each })))
  await clock.advance(100)
  const closed = worker.close()
  await clock.advance(100)
  await closed
  return { queue, ids: tasks.map(({ id }) => id) }
}

describe('a selection of dead letters', () => {
  it('is by ids or by a filter: both together would be more than was meant', async () => {
    const { queue, ids } = await buried(brokerBench(), {}, {})
    await expect(queue.dead.discard({ ids, reason: 'other' } as never)).rejects.toMatchObject({
      code: 'invalid-options',
    })
    expect((await queue.stats()).dead).toBe(2)
  })

  it.each([null, undefined, 'everything', 7])('is not %o', async (which) => {
    const { queue } = await buried(brokerBench(), {})
    await expect(queue.dead.discard(which as never)).rejects.toThrow(/dead letters/)
  })

  it('by an empty text is none: it would be all that have an error', async () => {
    const { queue } = await buried(brokerBench(), {})
    await expect(queue.dead.discard({ error: '' })).rejects.toMatchObject({ code: 'invalid-options' })
  })
})

describe('the options of a drain', () => {
  it('are checked', async () => {
    const { broker } = brokerBench()
    await expect(broker.queue('q').drain({ timeoutMS: 5 } as never)).rejects.toMatchObject({ code: 'invalid-options' })
  })
})
