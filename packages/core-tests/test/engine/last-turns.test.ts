import { MqError } from '@mq/core'
import { describe, expect, it, vi } from 'vitest'
import { brokerBench, fate, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'
import { makeSuspect } from './make-suspect.ts'

/** A suspect waits. Replies to claims that bring nothing, or all that bring something, are held until `letGo`. */
async function suspectAndHeldReply(held: 'empty' | 'full'): Promise<{ bench: BrokerBench; letGo: () => void }> {
  let armed = false
  let letGo = (): void => undefined
  const bench = brokerBench((inner) =>
    withQueue(inner, (driver) => ({
      async settleAndClaim(turn) {
        const reply = await driver.settleAndClaim(turn)
        if (armed && turn.want > 0 && (reply.claimed.length === 0) === (held === 'empty'))
          await new Promise<void>((resolve) => (letGo = resolve))
        return reply
      },
    })),
  )
  await bench.broker.queue('q').enqueue('suspect')
  await makeSuspect(bench)
  armed = true
  return { bench, letGo: () => letGo() }
}

describe('tasks that come late, and wait for their leases to be prolonged', () => {
  it.each(['close', 'quiet'] as const)('are given back by %s()', async (way) => {
    let isSlow = true
    const { broker, clock } = brokerBench((inner, time) => {
      const pause = (ms: number): Promise<void> => new Promise((resolve) => void time.schedule(resolve, ms))
      return withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          const reply = await driver.settleAndClaim(turn)
          if (isSlow && turn.want > 0) await pause(20_000)
          return reply
        },
        async extend(leases, leaseMs) {
          await pause(300)
          return driver.extend(leases, leaseMs)
        },
      }))
    })
    const queue = broker.queue('q')
    await queue.enqueue('task')
    let runs = 0
    const worker = queue.process(() => void runs++, { leaseMs: 30_000 })
    await clock.advance(20_100)
    isSlow = false
    const ending = worker[way]()
    expect(await fate(ending)).toBe('pending')
    await clock.advance(1_000)
    const report = way === 'close' ? { completed: 0, released: 1, abandoned: [] } : undefined
    expect(await fate(ending)).toEqual({ value: report })
    expect(await queue.stats()).toMatchObject({ waiting: 1, running: 0 })
    expect(runs).toBe(0)
  })
})

it('nothing is claimed in the place of tasks that come late', async () => {
  const { broker, clock } = brokerBench((inner, time) => {
    const pause = (ms: number): Promise<void> => new Promise((resolve) => void time.schedule(resolve, ms))
    return withQueue(inner, (driver) => ({
      async settleAndClaim(turn) {
        const reply = await driver.settleAndClaim(turn)
        if (reply.claimed.length > 0) await pause(20_000)
        return reply
      },
      async extend(leases, leaseMs) {
        await pause(1_000)
        return driver.extend(leases, leaseMs)
      },
    }))
  })
  const queue = broker.queue('q')
  await queue.enqueueAll(Array.from({ length: 50 }, (_, payload) => ({ payload })))
  queue.process(() => new Promise(() => undefined), { concurrency: 5, leaseMs: 30_000 })
  await clock.advance(20_500)
  expect(await queue.stats()).toMatchObject({ running: 5, waiting: 45 })
})

describe('a quiet worker', () => {
  it('does not ask a closed storage over and over to settle', async () => {
    let isClosed = false
    let refused = 0
    const { broker, clock, pause } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          if (!isClosed) return driver.settleAndClaim(turn)
          refused++
          throw new MqError('closed', 'the storage is closed')
        },
      })),
    )
    const queue = broker.queue('q')
    await queue.enqueue('task')
    const worker = queue.process(() => pause(100))
    await clock.advance(20)
    await worker.quiet()
    isClosed = true
    await clock.advance(1_000)
    expect(refused).toBe(1)
    const closing = worker.close()
    await clock.advance(1_000)
    expect(await fate(closing)).toMatchObject({ value: { abandoned: [] } })
  })

  it('that hears of a suspect in its last reply rests', async () => {
    const { bench, letGo } = await suspectAndHeldReply('empty')
    const worker = bench.broker.queue('q').process(() => undefined)
    await bench.clock.advance(50)
    const quiet = worker.quiet()
    letGo()
    await bench.clock.advance(2_000)
    expect(await fate(quiet)).toEqual({ value: undefined })
    const looks = vi.spyOn(globalThis, 'setImmediate')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(looks).not.toHaveBeenCalled()
    looks.mockRestore()
  })
})

it('a worker that hears of a suspect while it closes leaves no timer', async () => {
  const { bench, letGo } = await suspectAndHeldReply('empty')
  const { broker, clock, pause, timers } = bench
  const queue = broker.queue('q')
  await queue.enqueueAll([1_300, 1_000_000].map((payload) => ({ payload, priority: 9 })))
  const worker = queue.process((ms) => pause(Number(ms)), { concurrency: 3 })
  await clock.advance(50)
  expect(worker.stats()).toMatchObject({ running: 2 })
  const closing = broker.close({ deadlineMs: 1_400 })
  letGo()
  await clock.advance(1_450)
  expect(await fate(closing)).toEqual({ value: undefined })
  expect(timers.size).toBe(0)
})

it('a suspect whose reply is overtaken by a pause is given back', async () => {
  const { bench, letGo } = await suspectAndHeldReply('full')
  const { broker, clock } = bench
  const queue = broker.queue('q')
  let runs = 0
  queue.process(() => void runs++)
  await clock.advance(3_000)
  expect(await queue.stats()).toMatchObject({ waiting: 0, running: 1 })
  await queue.pause()
  await clock.advance(10)
  letGo()
  await clock.advance(100)
  expect(runs).toBe(0)
  expect(await queue.stats()).toMatchObject({ waiting: 1, running: 0 })
})

describe('the end of a worker that the storage did not hear of', () => {
  function mute() {
    let isAway = false
    const ends: boolean[] = []
    const bench = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          if (isAway) throw new MqError('unavailable', 'away')
          if (turn.last === true) ends.push(turn.repeat)
          return driver.settleAndClaim(turn)
        },
      })),
    )
    return { bench, ends, setAway: (away: boolean) => (isAway = away) }
  }

  it('is said again after it closed, so that it is sent no task any more', async () => {
    const { bench, ends, setAway } = mute()
    const worker = bench.broker.queue('q').process(() => undefined)
    await bench.clock.advance(50)
    setAway(true)
    const closing = worker.close()
    await bench.clock.advance(8_000)
    expect(await fate(closing)).toMatchObject({ value: { abandoned: [] } })
    setAway(false)
    await bench.clock.advance(1_000)
    expect(ends[0]).toBe(true)
    expect(bench.clock.nextInMs).toBeUndefined()
  })

  it('is given up once the storage knows by itself, and with the broker', async () => {
    const { bench, ends, setAway } = mute()
    const worker = bench.broker.queue('q').process(() => undefined)
    await bench.clock.advance(50)
    setAway(true)
    const closing = worker.close()
    await bench.clock.advance(40_000)
    await closing
    setAway(false)
    await bench.clock.advance(60_000)
    expect([ends, bench.clock.nextInMs]).toEqual([[], undefined])

    const other = mute()
    const second = other.bench.broker.queue('q').process(() => undefined)
    await other.bench.clock.advance(50)
    other.setAway(true)
    const ending = second.close()
    await other.bench.clock.advance(2_000)
    const closed = other.bench.broker.close({ deadlineMs: 100 })
    await other.bench.clock.advance(2_000)
    await Promise.all([ending, closed])
    expect(other.bench.clock.nextInMs).toBeUndefined()
  })
})
