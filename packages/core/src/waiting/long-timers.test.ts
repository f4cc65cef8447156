import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../testing/virtual-clock.ts'
import { withLongTimers } from './long-timers.ts'

const DAY_MS = 86_400_000
const MOST_MS = 2 ** 31 - 1

/** Its timers are as Node's: one that is too long fires at once. */
function bench() {
  const virtual = createVirtualClock()
  const asNode = {
    now: virtual.now,
    schedule: (callback: () => void, delayMs: number) => virtual.schedule(callback, delayMs > MOST_MS ? 1 : delayMs),
  }
  return { clock: withLongTimers(asNode), virtual }
}

describe('a timer', () => {
  it.each([0, 1, 1_000, MOST_MS, MOST_MS + 1, 30 * DAY_MS, 365 * DAY_MS, 3_650 * DAY_MS])(
    'of %d ms fires then, and once',
    async (ms) => {
      const { clock, virtual } = bench()
      const fired: number[] = []
      clock.schedule(() => fired.push(clock.now()), ms)
      await virtual.advance(Math.max(0, ms - 1))
      expect(fired).toEqual([])
      await virtual.advance(2)
      expect(fired).toEqual([Math.max(1, ms)])
      await virtual.advance(400 * DAY_MS)
      expect(fired).toHaveLength(1)
      expect(virtual.nextInMs).toBeUndefined()
    },
  )

  it.each([1_000, 100 * DAY_MS])('of %d ms is cancelled at any time', async (ms) => {
    const { clock, virtual } = bench()
    const fired: number[] = []
    const timer = clock.schedule(() => fired.push(clock.now()), ms)
    await virtual.advance(0.9 * ms)
    timer.cancel()
    expect(virtual.nextInMs).toBeUndefined()
    await virtual.advance(ms)
    expect(fired).toEqual([])
  })
})
