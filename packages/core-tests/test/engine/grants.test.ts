// A task that comes with its hint runs once, whatever becomes of the hint and of the replies beside it.
import type { Hint, Turn } from '@mq/core'
import { createBroker, silentLogger } from '@mq/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { away, brokerBench, withQueue } from '../broker-bench.ts'

/** The longest pause of a worker that sleeps. */
const MOST_POLL_MS = 15_000

describe('a task that comes with its hint', () => {
  it('runs with no turn before it, and one turn settles it and looks for more', async () => {
    const turns: Turn[] = []
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        settleAndClaim(turn) {
          turns.push(turn)
          return driver.settleAndClaim(turn)
        },
      })),
    )
    const queue = broker.queue('q')
    const ran: unknown[] = []
    queue.process(async (value) => void ran.push(value))
    await clock.advance(10)
    for (const value of [1, 2, 3]) {
      turns.length = 0
      await queue.enqueue(value)
      await clock.advance(5)
      expect(ran).toHaveLength(value)
      const [turn] = turns
      expect(turns.map(({ settlements, want }) => [settlements.length, want > 0])).toEqual([[1, true]])
      expect(turn!.granted).toBe(turn!.settlements[0]!.lease)
    }
  })

  it('is not asked for while no slot is free', async () => {
    let running = 0
    const asked: boolean[] = []
    const { broker, clock, pause } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        settleAndClaim(turn) {
          if (running > 0 && turn.want > 0) asked.push(turn.takesGrant!)
          return driver.settleAndClaim(turn)
        },
      })),
    )
    const queue = broker.queue('q')
    const handler = async (ms: unknown): Promise<void> => {
      running++
      if (Number(ms) > 0) await pause(Number(ms))
      running--
    }
    queue.process(handler, { concurrency: 1 })
    // Fast ones, so that it holds some ahead.
    await queue.enqueueAll(Array.from({ length: 500 }, () => ({ payload: 0 })))
    await clock.advance(10)
    asked.length = 0
    await queue.enqueueAll([{ payload: 5 }, { payload: 5 }])
    await clock.advance(4)
    expect(asked).not.toEqual([])
    expect(asked).not.toContain(true)
  })

  it('that overtakes the reply of a look is not followed by sleep', async () => {
    let held: (() => void) | undefined
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          const reply = await driver.settleAndClaim(turn)
          if (held === undefined && turn.takesGrant) await new Promise<void>((resolve) => (held = resolve))
          return reply
        },
      })),
    )
    const queue = broker.queue('q')
    const ran: unknown[] = []
    queue.process(async (value) => void ran.push(value), { concurrency: 1, prefetch: false })
    await clock.advance(10)
    await queue.enqueue('granted')
    await queue.enqueue('next')
    await clock.advance(1)
    held!()
    await clock.advance(10)
    expect(ran).toEqual(['granted', 'next'])
  })

  it('is given back by a worker that is quiet, and runs elsewhere at once', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue('q')
    const ran: string[] = []
    const one = queue.process(async () => void ran.push('one'))
    await clock.advance(10)
    void one.quiet()
    queue.process(async () => void ran.push('other'))
    await clock.advance(10)
    for (let i = 0; i < 5; i++) {
      await queue.enqueue(i)
      await clock.advance(20)
    }
    expect(ran).toEqual(Array.from({ length: 5 }, () => 'other'))
    one.resume()
    await clock.advance(20)
    expect(await one.close()).toMatchObject({ abandoned: [] })
  })

  it('that did not arrive is run elsewhere at once when its worker closes', async () => {
    const lost: Hint[] = []
    const { broker, clock, adapter } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        listen: (listener) => driver.listen((hint) => (hint.kind === 'grant' ? void lost.push(hint) : listener(hint))),
      })),
    )
    const ran: string[] = []
    const deaf = broker.queue('q').process(async () => void ran.push('deaf'))
    await clock.advance(10)
    const other = createBroker(adapter, { clock, logger: silentLogger })
    await other.queue('q').enqueue(1)
    expect(lost).toHaveLength(1)
    other.queue('q').process(async () => void ran.push('other'))
    await clock.advance(10)
    void deaf.close()
    await clock.advance(20)
    expect(ran).toEqual(['other'])
  })

  it('is not begun by a hint that came late: a turn brings it with a new lease', async () => {
    const delayed: (() => void)[] = []
    let polls = true
    let extended = 0
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        listen: (listener) =>
          driver.listen((hint) => (hint.kind === 'grant' ? void delayed.push(() => listener(hint)) : listener(hint))),
        extend(leases, leaseMs) {
          extended++
          return driver.extend(leases, leaseMs)
        },
        settleAndClaim: async (turn) => (polls ? driver.settleAndClaim(turn) : { stale: [], claimed: [] }),
      })),
    )
    const queue = broker.queue('q')
    const ran: number[] = []
    const worker = queue.process(async () => void ran.push(clock.now()))
    await clock.advance(10)
    await queue.enqueue(1)
    polls = false
    await clock.advance(5_100)
    polls = true
    delayed[0]!()
    expect(worker.stats().running).toBe(0)
    await clock.advance(5)
    expect(ran).toHaveLength(1)
    // Nothing was done with the old one.
    expect(extended).toBe(0)
  })

  it('is prolonged before its shorter lease ends, beside tasks that are not due yet', async () => {
    const extended: [number, number][] = []
    const { broker, clock, pause } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => ({
        extend(leases, leaseMs) {
          extended.push([Math.round(time.now() / 1_000), leases.length])
          return driver.extend(leases, leaseMs)
        },
      })),
    )
    const queue = broker.queue('q')
    await queue.enqueue('claimed')
    queue.process(() => pause(100_000), { concurrency: 2, leaseMs: 60_000 })
    await clock.advance(10)
    await queue.enqueue('granted')
    await clock.advance(30_000)
    // The first after a third of ten seconds, then both at a third of a minute.
    expect(extended).toEqual([
      [3, 1],
      [20, 2],
    ])
  })
})

/** What becomes of the hints and replies of workers, by turns. */
const trouble = fc.record({
  workers: fc.constantFrom(1, 2, 3),
  concurrency: fc.constantFrom(1, 3),
  leaseMs: fc.constantFrom(1_000, 2_000, 30_000, 120_000),
  handlerMs: fc.constantFrom(0, 3, 700),
  gaps: fc.array(fc.constantFrom(0, 1, 5, 40, 400, 1_700), { minLength: 5, maxLength: 25 }),
  grants: fc.array(fc.constantFrom('now', 'now', 'lost', 1, 20, 900, 2_500), { minLength: 1, maxLength: 7 }),
  replies: fc.array(fc.constantFrom('now', 'now', 'now', 'lost', 1, 20, 150), { minLength: 1, maxLength: 7 }),
})

it('runs once, whichever of hint, reply and repetition comes first, or at all', async () => {
  const property = fc.asyncProperty(trouble, async (given) => {
    const { workers, concurrency, leaseMs, handlerMs, gaps, grants, replies } = given
    let [granted, replied] = [0, 0]
    const { clock, adapter, pause } = brokerBench()
    const later = (ms: number): Promise<void> => pause(ms)
    const troubled = withQueue(adapter, (driver) => {
      // One connection: hints keep their order.
      let before = Promise.resolve()
      return {
        listen: (listener) =>
          driver.listen((hint) => {
            const fate = hint.kind === 'grant' ? grants[granted++ % grants.length]! : 'now'
            if (fate === 'lost') return
            const arrives = async (): Promise<void> => (typeof fate === 'number' ? later(fate) : undefined)
            before = before.then(arrives).then(() => listener(hint))
          }),
        async settleAndClaim(turn) {
          // Not for ever.
          const fate = [...replies, 'now'][replied++ % (replies.length + 1)]!
          const reply = await driver.settleAndClaim(turn)
          if (fate === 'lost' && !turn.last) throw away(true)
          if (typeof fate === 'number') await later(fate)
          return reply
        },
      }
    })
    const ran = new Map<unknown, number>()
    const handler = async (value: unknown): Promise<void> => {
      ran.set(value, (ran.get(value) ?? 0) + 1)
      await pause(handlerMs)
    }
    const all = Array.from({ length: workers }, () =>
      createBroker(troubled, { clock, logger: silentLogger }).queue('q').process(handler, { concurrency, leaseMs }),
    )
    const producer = createBroker(adapter, { clock, logger: silentLogger }).queue('q')
    await clock.advance(50)
    for (const [value, gap] of gaps.entries()) {
      await producer.enqueue(value)
      await clock.advance(gap)
    }
    await clock.advance(2 * MOST_POLL_MS + gaps.length * (handlerMs + 2_500))
    expect([...ran.values()].filter((times) => times > 1)).toEqual([])
    expect(ran.size).toBe(gaps.length)
    const { waiting, running } = await producer.stats()
    expect([waiting, running]).toEqual([0, 0])
    const stats = all.map((worker) => worker.stats())
    expect(stats.reduce((sum, { completed }) => sum + completed, 0)).toBe(gaps.length)
  })
  await fc.assert(property, { numRuns: 200 })
})
