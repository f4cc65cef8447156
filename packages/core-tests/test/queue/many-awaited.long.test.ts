// Results that are awaited while nothing happens: what they ask of the storage.
import type { Hint } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'
import type { BrokerBench } from '../broker-bench.ts'

/** Enough to want more than 4,000 looks a second. */
const COUNT = 10_000
const READ_MS = 20
/** As many as are asked for in one call. */
const BATCH = 200
/** After a batch of those that are asked for again. */
const REST_MS = 10

interface Look {
  readonly at: number
  readonly size: number
}

interface Bench extends BrokerBench {
  readonly looks: Look[]
  readonly most: () => number
  readonly say: (hint: Hint) => void
  live: boolean
}

/** Notes each look; hints are what the test says. */
function bench(change: { readonly crowded?: boolean } = {}): Bench {
  const listeners: ((hint: Hint) => void)[] = []
  const looks: Look[] = []
  let [underWay, most] = [0, 0]
  const made = brokerBench((inner, clock) =>
    withQueue(inner, (driver) => ({
      async listen(listener) {
        listeners.push(listener)
        return {
          get live() {
            return all.live
          },
          close: async () => undefined,
        }
      },
      async read(tasks, options) {
        looks.push({ at: clock.now(), size: tasks.length })
        most = Math.max(most, ++underWay)
        await new Promise<void>((resolve) => void clock.schedule(resolve, READ_MS))
        underWay--
        const readings = await driver.read(tasks, options)
        return readings.map((reading) => ('n' in reading ? { ...reading, ...change } : reading))
      },
    })),
  )
  const say = (hint: Hint): void => listeners.forEach((listen) => listen(hint))
  const all: Bench = { ...made, looks, most: () => most, say, live: true }
  return all
}

async function awaitMany({ broker, clock }: Bench, count: number): Promise<void> {
  const queue = broker.queue('q')
  for (let i = 0; i < count; i += 1_000) {
    const batch = await queue.enqueueAll(Array.from({ length: 1_000 }, () => ({ payload: 0, delayMs: 86_400_000 })))
    for (const task of batch) void task.outcome({ timeoutMs: 3_600_000 })
  }
  // Two first looks at once.
  await clock.advance((count / BATCH / 2 + 1) * READ_MS)
}

const total = (looks: readonly Look[]): number => looks.reduce((sum, { size }) => sum + size, 0)

describe('many results that are awaited', () => {
  it('are asked for once, and then at a pace that the storage does not notice', async () => {
    const all = bench()
    await awaitMany(all, COUNT)
    expect(total(all.looks)).toBe(COUNT)
    expect(all.most()).toBeLessThanOrEqual(2)
    const before = all.looks.length
    await all.clock.advance(600_000)
    const later = all.looks.slice(before)
    // At most 4,000 a second, and on average each once in half a minute at the most.
    for (let i = 20; i < later.length; i++) expect(later[i]!.at - later[i - 20]!.at).toBeGreaterThanOrEqual(1_000)
    for (const { size } of later) expect(size).toBeLessThanOrEqual(BATCH)
    expect(total(later)).toBeLessThanOrEqual(26 * COUNT)
    expect(total(later)).toBeGreaterThanOrEqual(10 * COUNT)
  })

  it('are all asked for after an interruption, one batch after the other, with a rest in between', async () => {
    const all = bench()
    await awaitMany(all, COUNT)
    await all.clock.advance(120_000)
    const before = all.looks.length
    all.say({ kind: 'reconnected' })
    const saidAt = all.clock.now()
    await all.clock.advance(3 * (COUNT / BATCH) * (READ_MS + REST_MS))
    const later = all.looks.slice(before)
    expect(total(later)).toBeGreaterThanOrEqual(COUNT)
    expect(later.find((_, i) => total(later.slice(0, i + 1)) >= COUNT)!.at - saidAt).toBeLessThanOrEqual(
      (1.5 * COUNT * (READ_MS + REST_MS)) / BATCH,
    )
    for (const { size } of later) expect(size).toBeLessThanOrEqual(BATCH)
    // A third of the time at the least is left to others.
    for (let i = 1; i < later.length; i++) {
      expect(later[i]!.at - later[i - 1]!.at).toBeGreaterThanOrEqual(READ_MS + REST_MS)
    }
  })

  it('are asked for again after an interruption that came while they were being asked for', async () => {
    const all = bench()
    await awaitMany(all, 1_000)
    all.say({ kind: 'reconnected' })
    await all.clock.advance(READ_MS / 2)
    const before = all.looks.length
    all.say({ kind: 'reconnected' })
    await all.clock.advance(10 * READ_MS)
    // Those that were not asked for yet once, the first batch again.
    expect(total(all.looks.slice(before))).toBe(1_000)
  })

  it('set no timer once nobody awaits any', async () => {
    const all = bench()
    const queue = all.broker.queue('q')
    const stop = new AbortController()
    const task = await queue.enqueue(1, { delayMs: 60_000 })
    const waits = task.outcome({ signal: stop.signal }).catch(() => undefined)
    await all.clock.advance(10_000)
    expect(all.timers.size).toBe(1)
    stop.abort()
    await waits
    expect(all.timers.size).toBe(0)
  })
})

describe('a result whose hint is not certain', () => {
  it.each([
    ['hints cannot arrive', { live: false, crowded: false }],
    ['too many wait for it', { live: true, crowded: true }],
  ])('is asked for every one or two seconds: %s', async (_, { live, crowded }) => {
    const all = bench({ crowded })
    all.live = live
    const task = await all.broker.queue('q').enqueue(1, { delayMs: 3_600_000 })
    void task.outcome()
    await all.clock.advance(60_000)
    expect(all.looks.length).toBeGreaterThanOrEqual(28)
    expect(all.looks.length).toBeLessThanOrEqual(61)
  })
})
