import type { Adapter, CommandReply, DeadTask, QueueCommand } from '@mq/core'
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
    expect(report).toEqual({ selected: 3, ids: ids.toReversed(), changed: 3, refused: [] })
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

/** Letters 1 to `count`, three of which died in each millisecond, listed and taken as a storage does. */
function bookOf(count: number, payload = '1') {
  const calls: string[] = []
  const taken: number[] = []
  const delays: number[] = []
  const left = new Set(Array.from({ length: count }, (_, i) => i + 1))
  const letterOf = (i: number): DeadTask => ({
    n: String(1e15 + i),
    reason: i % 2 === 0 ? 'even' : 'odd',
    detail: '',
    diedAt: Math.floor(i / 3),
    enqueuedAt: 0,
    failures: 0,
    crashes: 0,
    header: '',
    payload,
    bytes: payload.length,
  })
  const numberOf = (n: string): number => Number(n) - 1e15
  const bench = brokerBench((inner) =>
    withQueue(inner, () => ({
      async list({ only, after, diedTo = Number.POSITIVE_INFINITY, limit }) {
        calls.push('list')
        if (only) return only.filter((n) => left.has(numberOf(n))).map((n) => letterOf(numberOf(n)))
        const found: DeadTask[] = []
        for (let i = after ? numberOf(after.n) - 1 : count; i > 0 && found.length < limit; i--) {
          if (left.has(i) && letterOf(i).diedAt <= diedTo) found.push(letterOf(i))
        }
        return found
      },
      async apply(command) {
        calls.push('apply')
        if (command.kind !== 'redrive' && command.kind !== 'discard') throw new Error(command.kind)
        const refused: number[] = []
        for (const [i, task] of command.tasks.entries()) {
          const number = numberOf(typeof task === 'string' ? task : task.n)
          if (!left.delete(number)) refused.push(i)
          else taken.push(number)
          if (typeof task !== 'string') delays.push(task.delayMs)
        }
        return { changed: command.tasks.length - refused.length, refused }
      },
    })),
  )
  return { queue: bench.broker.queue('q'), calls, taken, delays, left }
}

const COUNT = 25_300

describe('of very many dead letters', () => {
  it('a redrive takes all, the oldest first, a page at a time, and names the newest ten thousand', async () => {
    const { queue, calls, taken, delays } = bookOf(COUNT)
    const plan = await queue.dead.redrive('all', { dryRun: true })
    expect([plan.selected, plan.ids.length, plan.ids[0], plan.changed]).toEqual([COUNT, 10_000, `n${1e15 + COUNT}`, 0])
    calls.length = 0
    const { selected, ids, changed, refused } = await queue.dead.redrive('all', { perSecond: 1_000 })
    expect([selected, changed, refused, ids.length]).toEqual([COUNT, COUNT, [], 10_000])
    expect(taken).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1))
    expect(delays).toEqual(taken.map((_, i) => i))
    // They are not kept meanwhile: each page is read again when its turn comes.
    const [, ...acting] = calls.join(' ').split(/(?=list apply)/)
    expect(acting.every((part) => part.trim() === 'list apply')).toBe(true)
    expect(acting.length).toBeGreaterThanOrEqual(COUNT / 1_000)
  })

  it('those that a filter selects are taken, and those that die meanwhile are not', async () => {
    const { queue, taken, left } = bookOf(COUNT)
    const { selected, changed } = await queue.dead.discard({ reason: 'even' })
    expect([selected, changed, left.size]).toEqual([COUNT / 2, COUNT / 2, COUNT / 2])
    expect(taken.every((number) => number % 2 === 0)).toBe(true)
    const queueOfSome = bookOf(3_000)
    const edit = ({ payload }: { readonly payload: unknown }): unknown => {
      queueOfSome.left.delete(5)
      return payload
    }
    const report = await queueOfSome.queue.dead.redrive('all', { edit })
    expect([report.selected, report.changed, report.refused]).toEqual([3_000, 2_999, [`n${1e15 + 5}`]])
  })

  it('an edit of more than 64 MiB is refused before anything is done', async () => {
    const { queue, taken } = bookOf(100)
    const edit = (): unknown => 'x'.repeat(700_000)
    await expect(queue.dead.redrive('all', { edit })).rejects.toMatchObject({ code: 'batch-too-large' })
    expect(taken).toEqual([])
    expect((await queue.dead.redrive({ diedTo: 20 }, { edit })).changed).toBe(62)
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
