// A schedule that ticks more often than the storage answers is changed all the same, and each of its instants has one task.
import { TICK_HEADER } from '@mq/core'
import type { Adapter, ScheduleDriver } from '@mq/core'
import { createTestBroker, createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { createScheduler } from '@mq/scheduler'
import { expect, it } from 'vitest'

/** The adapter, half of so much time away in each direction. */
function farAway(adapter: Adapter, clock: VirtualClock, roundTripMs: number): Adapter {
  const pause = (): Promise<void> => new Promise((resolve) => void clock.schedule(resolve, roundTripMs / 2))
  const far = (driver: ScheduleDriver): ScheduleDriver =>
    new Proxy(driver, {
      get: (inner, verb) => async (argument: unknown) => {
        await pause()
        const answer: unknown = await (Reflect.get(inner, verb) as (argument: unknown) => unknown)(argument)
        await pause()
        return answer
      },
    })
  const over = <T extends object>(target: T, own: Partial<T>): T =>
    new Proxy(target, {
      get(inner, member) {
        const value: unknown = Reflect.get(member in own ? own : inner, member)
        return typeof value === 'function' ? value.bind(inner) : value
      },
    })
  return {
    ...adapter,
    open(environment) {
      const storage = adapter.open(environment)
      return over(storage, {
        queue(name, options) {
          const driver = storage.queue(name, options)
          return over(driver, { schedules: far(driver.schedules!) })
        },
      })
    },
  }
}

for (const roundTripMs of [10, 36, 60, 120, 350]) {
  it(`at ${roundTripMs} ms`, async () => {
    const clock = createVirtualClock()
    const broker = createTestBroker(farAway(memoryAdapter(), clock, roundTripMs), { clock })
    const schedules = createScheduler(broker)
    const seen: { readonly payload: unknown; readonly tick: number; readonly at: number }[] = []
    const zero = (await during(clock, broker.queue('q').schedules.read('none'))).at - clock.now()
    broker.queue('q').process((payload, { headers }) => {
      seen.push({ payload, tick: Date.parse(headers[TICK_HEADER]!), at: zero + clock.now() })
    })
    await during(clock, schedules.upsert('q', 's', { everyMs: 100, payload: 'old' }))
    await clock.advance(5_000)
    expect(await during(clock, schedules.upsert('q', 's', { everyMs: 100, payload: 'new' }))).toMatchObject({
      state: 'changed',
      differs: ['payload'],
    })
    await clock.advance(5_000)
    expect(await during(clock, schedules.pause('q', 's'))).toBe(true)
    await clock.advance(10_000)
    // Those that wait for their instants may begin some ms later than those after them.
    seen.sort((one, other) => one.tick - other.tick)
    const ticks = seen.map(({ tick }) => tick)
    expect(ticks).toEqual(Array.from(ticks, (_, i) => ticks[0]! + 100 * i))
    expect(ticks.length).toBeGreaterThan(90)
    // By the storage's clock, as the program knows it.
    expect(seen.filter(({ tick, at }) => at < tick - roundTripMs)).toEqual([])
    const first = seen.findIndex(({ payload }) => payload === 'new')
    expect(seen.slice(first).every(({ payload }) => payload === 'new')).toBe(true)
    await during(clock, broker.close())
  })
}

async function during<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isOver = false
  const end = (): void => void (isOver = true)
  promise.then(end, end)
  for (let ms = 0; !isOver && ms < 20_000; ms += 5) await clock.advance(5)
  return promise
}
