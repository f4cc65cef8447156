import { createBroker, defineQueue, silentLogger } from '@mq/core'
import type { Settlement } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

const QUEUE = defineQueue({ name: 'q', keep: { results: false } })
const CONCURRENCY = 10

interface Task {
  readonly ms: number
}

/** A worker that knows tasks to be quick, and another one, which has nothing to do. Each handler takes as long as its task says. */
async function twoWorkers() {
  const settled: Settlement[] = []
  const { broker, adapter, clock, pause } = brokerBench((inner) =>
    withQueue(inner, (driver) => ({
      settleAndClaim(turn) {
        settled.push(...turn.settlements)
        return driver.settleAndClaim(turn)
      },
    })),
  )
  const queue = broker.queue(QUEUE)
  const done: number[] = []
  const handler = async (payload: unknown): Promise<void> => {
    const { ms } = payload as Task
    if (ms > 0) await pause(ms)
    done.push(clock.now())
  }
  const first = queue.process(handler, { concurrency: CONCURRENCY })
  const enqueue = async (tasks: readonly Task[]): Promise<void> => {
    for (let from = 0; from < tasks.length; from += 1_000) {
      await queue.enqueueAll(tasks.slice(from, from + 1_000).map((payload) => ({ payload })))
    }
  }
  const learnQuick = async (): Promise<void> => {
    done.length = 0
    await enqueue(times(2_000, 0))
    while (done.length < 2_000) await clock.advance(10)
    done.length = 0
  }
  const other = createBroker(adapter, { clock, logger: silentLogger }).queue(QUEUE)
  const begin = () => other.process(handler, { concurrency: CONCURRENCY })
  const releases = (): number => settled.filter(({ kind }) => kind === 'release').length
  return { clock, first, enqueue, learnQuick, begin, done, releases }
}

function times(count: number, ms: number): Task[] {
  return Array.from({ length: count }, () => ({ ms }))
}

/** The same numbers in every run. */
function dice(seed: number): () => number {
  let state = seed
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
}

describe('what a worker claims ahead is never far from being run', () => {
  it.each([
    [500, 90],
    [2_000, 0],
  ])('after %i ms without work, since what was measured is forgotten after a second', async (idleMs, buffered) => {
    const { clock, enqueue, learnQuick, first } = await twoWorkers()
    await learnQuick()
    await clock.advance(idleMs)
    await enqueue(times(100, 1_000))
    await clock.advance(1)
    expect(first.stats()).toMatchObject({ running: CONCURRENCY, buffered })
  })

  it('when quick tasks are followed by slow ones, another worker does half of them', async () => {
    const { clock, enqueue, learnQuick, begin, done } = await twoWorkers()
    await learnQuick()
    const second = begin()
    await clock.advance(500)
    const startedAt = clock.now()
    await enqueue(times(1_000, 95))
    await clock.advance(5_500)
    expect(done.length).toBe(1_000)
    expect(done.at(-1)! - startedAt).toBeLessThan((1_000 * 95) / 20 + 250)
    expect(second.stats().completed).toBeGreaterThan(450)
  })

  it('when all slots but one are held for long, another worker gets most of a burst', async () => {
    const { clock, first, enqueue, learnQuick, begin, done } = await twoWorkers()
    await enqueue(times(9, 600_000))
    await clock.advance(100)
    expect(first.stats().running).toBe(9)
    await learnQuick()
    begin()
    // Not a second: what was measured would be forgotten.
    await clock.advance(500)
    const startedAt = clock.now()
    await enqueue(times(300, 50))
    await clock.advance(3_000)
    expect(done.length).toBe(300)
    expect(done.at(-1)! - startedAt).toBeLessThan((300 * 50) / 11 + 250)
  })

  it.each([1, 2, 3, 4, 5])('whatever the mix of handlers, without going round and round (%i)', async (seed) => {
    const random = dice(seed * 7_919)
    const [share, slowMs, quickMs] = [0.2 * random(), 50 + 950 * random(), Math.round(3 * random())]
    const { clock, enqueue, learnQuick, begin, done, releases } = await twoWorkers()
    await learnQuick()
    begin()
    // Not a second: what was measured would be forgotten.
    await clock.advance(500)
    const tasks = Array.from({ length: 1_500 }, () => ({ ms: random() < share ? slowMs : quickMs }))
    const startedAt = clock.now()
    await enqueue(tasks)
    while (done.length < tasks.length) await clock.advance(10)
    const work = tasks.reduce((sum, { ms }) => sum + ms, 0)
    // The last one may be a long one, and begin when all others end.
    expect(done.at(-1)! - startedAt).toBeLessThan(work / (2 * CONCURRENCY) + 2 * slowMs + 250)
    expect(releases()).toBeLessThan(2 * tasks.length)
  })
})

describe('a worker that keeps the event loop for itself', () => {
  it('looks up after a while, and gives back what it cannot do', async () => {
    const { broker, adapter, clock } = brokerBench()
    const queue = broker.queue(QUEUE)
    let now = 0
    // Handlers that take time of the clock without giving the loop away.
    const real = { now: () => clock.now() + now, schedule: clock.schedule }
    const busy = createBroker(adapter, { clock: real, logger: silentLogger }).queue(QUEUE)
    const worker = busy.process((payload) => void (now += (payload as Task).ms), { concurrency: 2 })
    await queue.enqueueAll(times(100, 0).map((payload) => ({ payload })))
    await clock.advance(100)
    await queue.enqueueAll(times(100, 40).map((payload) => ({ payload })))
    await clock.advance(5)
    const elsewhere: unknown[] = []
    const other = createBroker(adapter, { clock, logger: silentLogger }).queue(QUEUE)
    other.process((payload) => void elsewhere.push(payload), { concurrency: 1, prefetch: false })
    await clock.advance(3_000)
    expect(worker.stats().completed + elsewhere.length).toBe(200)
    expect(elsewhere.length).toBeGreaterThan(10)
  })
})

describe('a worker', () => {
  it('holds 1,000 tasks ahead of its slots at the most, and asks for no more in one turn, however quick its handlers are', async () => {
    const wants: number[] = []
    let held = 0
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          wants.push(turn.want)
          const reply = await driver.settleAndClaim(turn)
          held = Math.max(held, (await driver.stats()).running)
          return reply
        },
      })),
    )
    const queue = broker.queue('tasks')
    for (let i = 0; i < 20; i++) await queue.enqueueAll(Array.from({ length: 1_000 }, () => ({ payload: 1 })))
    let done = 0
    let most = 0
    const worker = queue.process(
      () => {
        done++
        most = Math.max(most, worker.stats().buffered)
      },
      { concurrency: 50 },
    )
    await expect.poll(() => done, { timeout: 20_000 }).toBe(20_000)
    expect(Math.max(...wants)).toBeGreaterThan(500)
    expect(Math.max(...wants)).toBeLessThanOrEqual(1_000)
    expect(most).toBeLessThanOrEqual(1_050)
    expect(held).toBeLessThanOrEqual(2 * 1_000 + 50)
    const closing = worker.close()
    await clock.advance(10_000)
    await closing
  })
})
