import type { Adapter, CommandReply, QueueCommand } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { away, brokerBench, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'
import { buried } from './buried.ts'

async function meanwhile<T>({ clock }: BrokerBench, ms: number, work: Promise<T>): Promise<T> {
  const settled = work.then(
    (value) => () => value,
    (thrown: unknown) => () => {
      throw thrown
    },
  )
  await clock.advance(ms)
  return (await settled)()
}

/** The reply to the first command of this kind never comes, though it was done; then follows what happens meanwhile. */
function withLostReply(kind: QueueCommand['kind']): (inner: Adapter) => Adapter {
  let lost = false
  return (inner) =>
    withQueue(inner, (driver) => ({
      async apply(command): Promise<CommandReply> {
        const reply = await driver.apply(command)
        if (command.kind !== kind || lost) return reply
        lost = true
        throw away(true)
      },
    }))
}

describe('when the reply is lost,', () => {
  it('a redrive counts what it did, and says of none that nothing was done', async () => {
    const bench = brokerBench(withLostReply('redrive'))
    const { queue, ids } = await buried(bench, {}, {}, {})
    const report = await meanwhile(bench, 1_000, queue.dead.redrive('all'))
    expect(await queue.stats()).toMatchObject({ waiting: 3, dead: 0 })
    expect(report).toEqual({ ids: ids.toReversed(), changed: 3, refused: [] })
  })

  it('a discard counts what it did', async () => {
    const bench = brokerBench(withLostReply('discard'))
    const { queue } = await buried(bench, {}, {}, {})
    expect((await meanwhile(bench, 1_000, queue.dead.discard('all'))).changed).toBe(3)
  })
})

describe('a redrive of large letters', () => {
  it('moves at most 4 MB in one call', async () => {
    const counts: number[] = []
    const bench = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async apply(command) {
          if (command.kind === 'redrive') counts.push(command.tasks.length)
          return driver.apply(command)
        },
      })),
    )
    const payload = 'x'.repeat(1_000_000)
    await buried(bench, { payload }, { payload }, { payload })
    const { queue } = await buried(bench, { payload }, { payload }, { payload })
    expect((await queue.dead.redrive('all')).changed).toBe(6)
    expect(counts).toEqual([4, 2])
  })
})

describe('a paced redrive', () => {
  it('lets no letter expire before its turn has come', async () => {
    const bench = brokerBench()
    const { queue } = await buried(bench, { expiresInMs: 1_500 }, { expiresInMs: 1_500 }, { expiresInMs: 1_500 })
    await queue.dead.redrive('all', { perSecond: 1 })
    const ran: unknown[] = []
    queue.process((payload) => void ran.push(payload))
    await bench.clock.advance(5_000)
    expect(ran).toEqual(['0', '1', '2'])
  })
})
