import { describe, expect, it } from 'vitest'
import { bench } from './bench.ts'

describe('the size of a queue', () => {
  it('does not slow it down: 100,000 wait while tasks run through', async () => {
    const { add, turn, queue } = bench()
    const batch = Array.from({ length: 1_000 }, (_, i) => ({ level: i % 10, delayMs: i % 3 ? 0 : 1_000_000 }))
    for (let i = 0; i < 100; i++) await add(...batch)
    const before = performance.now()
    for (let i = 0; i < 1_000; i++) {
      await add({ level: 9 })
      const { claimed } = await turn({ want: 1 })
      await turn({ settlements: [{ kind: 'complete', lease: claimed[0]!.lease }] })
    }
    expect(performance.now() - before).toBeLessThan(2_000)
    expect(await queue.stats()).toMatchObject({ waiting: 66_600, delayed: 33_400, running: 0, dead: 0 })
  })
})
