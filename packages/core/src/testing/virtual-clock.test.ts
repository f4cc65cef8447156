import { describe, expect, it, vi } from 'vitest'
import { createVirtualClock } from './virtual-clock.ts'

describe('a virtual clock', () => {
  it('stands still until it is advanced', async () => {
    const clock = createVirtualClock({ startMs: 1_000 })
    let ran = false
    clock.schedule(() => (ran = true), 5)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([clock.now(), ran]).toEqual([1_000, false])
    await clock.advance(5)
    expect([clock.now(), ran]).toEqual([1_005, true])
  })

  it('runs timers in order of their time, first set first among equals', async () => {
    const clock = createVirtualClock()
    const ran: string[] = []
    const set = (name: string, delayMs: number): void =>
      void clock.schedule(() => ran.push(`${name}@${clock.now()}`), delayMs)
    set('c', 30)
    set('a', 10)
    set('b1', 20)
    set('b2', 20)
    set('late', 31)
    await clock.advance(30)
    expect(ran).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30'])
  })

  it('runs what timers set off before the next timer, however many steps it takes', async () => {
    const clock = createVirtualClock()
    const ran: string[] = []
    clock.schedule(() => {
      void (async () => {
        for (let step = 0; step < 10; step++) await new Promise((resolve) => setImmediate(resolve))
        ran.push(`settled@${clock.now()}`)
        clock.schedule(() => ran.push(`inner@${clock.now()}`), 5)
      })()
    }, 10)
    clock.schedule(() => ran.push(`outer@${clock.now()}`), 20)
    await clock.advance(20)
    expect(ran).toEqual(['settled@10', 'inner@15', 'outer@20'])
  })

  it('spends few turns of the event loop on a timer that sets nothing off, and as many as are needed on one that does', async () => {
    const clock = createVirtualClock()
    const turns = vi.spyOn(globalThis, 'setImmediate')
    try {
      for (let at = 1; at <= 100; at++) clock.schedule(() => undefined, at)
      await clock.advance(100)
      expect(turns.mock.calls.length).toBeLessThan(101 * 10)
    } finally {
      turns.mockRestore()
    }
    const late: string[] = []
    for (let steps = 1; steps <= 30; steps++) {
      let left = steps
      const step = (): void => {
        // Between two turns, as many promises as there are steps.
        let promise = Promise.resolve()
        for (let i = 0; i < steps; i++) promise = promise.then(() => undefined)
        void promise.then(() => --left > 0 && setImmediate(step))
      }
      clock.schedule(() => setImmediate(step), 1)
      await clock.advance(1)
      if (left > 0) late.push(`${left} of ${steps}`)
    }
    expect(late).toEqual([])
  })

  it('runs no timer that was cancelled, also by one of the same moment', async () => {
    const clock = createVirtualClock()
    const ran: string[] = []
    const cancelled = clock.schedule(() => ran.push('cancelled'), 5)
    cancelled.cancel()
    cancelled.cancel()
    clock.schedule(() => victim.cancel(), 10)
    const victim = clock.schedule(() => ran.push('victim'), 10)
    await clock.advance(100)
    expect(ran).toEqual([])
  })

  it('passes an hour of polling at once', async () => {
    const clock = createVirtualClock()
    let polls = 0
    const poll = (): void => {
      polls++
      clock.schedule(poll, 1_000)
    }
    clock.schedule(poll, 1_000)
    const before = performance.now()
    await clock.advance(3_600_000)
    expect(polls).toBe(3_600)
    expect(performance.now() - before).toBeLessThan(5_000)
  })

  it('does not stop at a timer that sets itself again without delay', async () => {
    const clock = createVirtualClock()
    let ran = 0
    const again = (): void => {
      ran++
      clock.schedule(again, 0)
    }
    clock.schedule(again, -5)
    await clock.advance(10)
    expect(ran).toBe(10)
  })

  it('passes times that overlap one after the other', async () => {
    const clock = createVirtualClock()
    await Promise.all([clock.advance(10), clock.advance(20)])
    expect(clock.now()).toBe(30)
  })

  it('jumps as a suspended process does: what fell due runs late, in order, and a poll once', async () => {
    const clock = createVirtualClock()
    const ran: string[] = []
    const poll = (): void => {
      ran.push(`poll@${clock.now()}`)
      clock.schedule(poll, 10)
    }
    clock.schedule(() => ran.push(`late@${clock.now()}`), 20)
    clock.schedule(poll, 10)
    clock.schedule(() => ran.push('not yet'), 101)
    await clock.jump(100)
    expect(ran).toEqual(['poll@100', 'late@100'])
    expect([clock.now(), clock.nextInMs]).toEqual([100, 1])
  })

  it('says how long until the next timer', () => {
    const clock = createVirtualClock()
    expect(clock.nextInMs).toBe(undefined)
    const timer = clock.schedule(() => undefined, 30)
    expect(clock.nextInMs).toBe(30)
    timer.cancel()
    expect(clock.nextInMs).toBe(undefined)
  })

  it('rejects with what a timer throws, and can go on', async () => {
    const clock = createVirtualClock()
    clock.schedule(() => {
      throw new Error('a bad timer')
    }, 5)
    await expect(clock.advance(10)).rejects.toThrow('a bad timer')
    expect(clock.now()).toBe(5)
    await clock.advance(5)
    expect(clock.now()).toBe(10)
  })

  it('takes numbers of milliseconds only', async () => {
    expect(() => createVirtualClock({ startMs: Number.NaN })).toThrow(TypeError)
    await expect(createVirtualClock().advance(-1)).rejects.toThrow(TypeError)
  })
})
