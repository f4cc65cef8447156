import { createBroker, silentLogger } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { away, brokerBench as bench, withoutGrants, withQueue } from '../broker-bench.ts'

/** Tasks come with the replies of turns, which are late here. */
const brokerBench: typeof bench = (wrap) => bench((inner, time) => wrap!(withoutGrants(inner), time))

describe('a hint that comes while the reply of a claim is under way', () => {
  it('is not forgotten for a turn that only settles', async () => {
    let armed = false
    let letGo: (() => void) | undefined
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          const reply = await driver.settleAndClaim(turn)
          if (armed && turn.want > 0 && reply.claimed.length === 0) {
            armed = false
            await new Promise<void>((resolve) => (letGo = resolve))
          }
          return reply
        },
      })),
    )
    const queue = broker.queue('q')
    let end = (): void => undefined
    const startedAt = new Map<unknown, number>()
    await queue.enqueue('first')
    armed = true
    const handler = async (value: unknown): Promise<void> => {
      startedAt.set(value, clock.now())
      if (value === 'first') await new Promise<void>((resolve) => (end = resolve))
    }
    queue.process(handler, { concurrency: 2 })
    await clock.advance(100)
    expect(letGo).toBeTypeOf('function')
    const enqueuedAt = clock.now()
    await queue.enqueue('second')
    await clock.advance(5)
    end()
    await clock.advance(5)
    letGo!()
    await clock.advance(3_000)
    expect(startedAt.get('second')! - enqueuedAt).toBeLessThanOrEqual(20)
  })
})

describe('a cancellation that overtakes the reply with its task', () => {
  it('keeps the task from being run, and the worker goes on', async () => {
    const { broker, clock } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          const reply = await driver.settleAndClaim(turn)
          if (reply.claimed.length > 0) await new Promise<void>((resolve) => void time.schedule(resolve, 50))
          return reply
        },
      })),
    )
    const queue = broker.queue('q')
    const ran: unknown[] = []
    const worker = queue.process(async (value) => void ran.push(value))
    await clock.advance(50)
    const task = await queue.enqueue('cancelled')
    await clock.advance(20)
    expect(await task.cancel()).toBe('cancelled')
    await clock.advance(5_000)
    expect(await task.outcome()).toMatchObject({ state: 'cancelled' })
    expect(ran).toEqual([])
    await queue.enqueue('next')
    await clock.advance(5_000)
    expect(ran).toEqual(['next'])
    expect(worker.stats()).toMatchObject({ running: 0, buffered: 0, completed: 1 })
  })
})

describe('a claim whose reply came late', () => {
  it('is prolonged at once, since its lease runs from the first try', async () => {
    let down = false
    const extended: { at: number; leases: number }[] = []
    const { broker, clock, adapter, pause } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          if (down && turn.repeat) throw away(true)
          const reply = await driver.settleAndClaim(turn)
          if (!turn.repeat && reply.claimed.some(({ payload }) => payload === '"second"')) down = true
          if (down) throw away(true)
          return reply
        },
        async extend(leases, leaseMs) {
          if (down) throw away(true)
          extended.push({ at: time.now(), leases: leases.length })
          return driver.extend(leases, leaseMs)
        },
      })),
    )
    const events: string[] = []
    let secondAt = Number.NaN
    const queue = broker.queue('q')
    await queue.enqueue('first')
    const handler = async (value: unknown, { signal }: { signal: AbortSignal }): Promise<void> => {
      events.push(`${String(value)} starts`)
      if (value === 'second') secondAt = clock.now()
      signal.addEventListener('abort', () => events.push(`${String(value)} is aborted`))
      await pause(120_000)
    }
    queue.process(handler, { concurrency: 2, leaseMs: 30_000 })
    await clock.advance(100)
    await queue.enqueue('second')
    await clock.advance(22_000)
    expect(down).toBe(true)
    down = false
    const other = createBroker(adapter, { clock, logger: silentLogger })
    other.queue('q').process(async (value) => void events.push(`${String(value)} runs elsewhere`))
    await clock.advance(60_000)
    expect(events).toEqual(['first starts', 'second starts'])
    expect(extended).toContainEqual({ at: secondAt, leases: 2 })
  })

  it('starts nothing that another worker has by now', async () => {
    const { broker, clock, adapter } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          const reply = await driver.settleAndClaim(turn)
          if (reply.claimed.length > 0) await new Promise<void>((resolve) => void time.schedule(resolve, 31_000))
          return reply
        },
      })),
    )
    const events: string[] = []
    const queue = broker.queue('q')
    await queue.enqueue('task')
    queue.process((value) => void events.push(`${String(value)} is started late`), { leaseMs: 30_000 })
    await clock.advance(30_100)
    const other = createBroker(adapter, { clock, logger: silentLogger })
    const stay = new Promise<void>((resolve) => void clock.schedule(resolve, 60_000))
    other.queue('q').process(async (value) => {
      events.push(`${String(value)} runs elsewhere`)
      await stay
    })
    await clock.advance(5_000)
    expect(events).toEqual(['task runs elsewhere'])
    await clock.advance(60_000)
    expect(events).toEqual(['task runs elsewhere'])
  })
})

describe('a settlement whose reply is lost', () => {
  it('is no lost lease: nobody is warned', async () => {
    const warned: string[] = []
    const { broker, clock } = brokerBench(
      (inner) =>
        withQueue(inner, (driver) => ({
          async settleAndClaim(turn) {
            const reply = await driver.settleAndClaim(turn)
            if (turn.settlements.length > 0 && !turn.repeat) throw away(true)
            return reply
          },
        })),
      { logger: { ...silentLogger, warn: (_, message) => void warned.push(message) } },
    )
    const queue = broker.queue('q')
    const worker = queue.process(async () => 1)
    await queue.enqueue(1)
    await clock.advance(5_000)
    expect(warned).toEqual([])
    expect(worker.stats()).toMatchObject({ completed: 1, stale: 0 })
  })
})
