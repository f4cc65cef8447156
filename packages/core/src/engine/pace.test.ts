import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'

/** One that has seen `count` handlers of `ms`. */
function after(count: number, ms: number, pace = new Pace(true)): Pace {
  for (let i = 0; i < count; i++) pace.ended(ms)
  return pace
}

describe('how many tasks a worker holds ahead', () => {
  it('is none before it has measured, none for slow handlers, and none where it is switched off', () => {
    expect(new Pace(true).ahead(0, 10)).toBe(0)
    expect(after(1, 11).ahead(0, 10)).toBe(0)
    expect(after(1, 1, new Pace(false)).ahead(0, 10)).toBe(0)
  })

  it('is 10 ms of work for the slots that come free soon, 1,000 at the most', () => {
    expect(after(1, 1).ahead(0, 10)).toBe(100)
    expect(after(1, 1).ahead(0, 1)).toBe(10)
    expect(after(1, 1).ahead(0, 0)).toBe(0)
    expect(after(1, 0).ahead(0, 1)).toBe(1_000)
  })

  it('is none soon after handlers became slow, and not at once more when they are quick again', () => {
    const pace = after(1_000, 0.1)
    expect(after(2, 100, pace).ahead(0, 10)).toBe(0)
    expect(after(5, 0.1, pace).ahead(0, 10)).toBe(0)
    expect(after(500, 0.1, pace).ahead(0, 10)).toBeGreaterThan(100)
  })

  it('is none after a second without work, until the first of what comes now has ended', () => {
    const pace = after(1_000, 0.1)
    pace.idle(0)
    expect(pace.ahead(999, 10)).toBe(1_000)
    pace.idle(500)
    expect(pace.ahead(1_000, 10)).toBe(0)
    pace.busy()
    expect(pace.ahead(1_001, 10)).toBe(0)
    expect(after(1, 50, pace).ahead(1_050, 10)).toBe(0)
    expect(after(100, 0.1, pace).ahead(1_060, 10)).toBeGreaterThan(100)
  })

  it('is by a mix, where some handlers are slow, less than 100 ms of its work', () => {
    const pace = new Pace(true)
    for (let i = 0; i < 2_000; i++) pace.ended(i % 100 === 0 ? 500 : 1)
    after(60, 1, pace)
    expect(pace.ahead(0, 10)).toBeLessThan(1_000 / 4)
    for (let i = 0; i < 2_000; i++) pace.ended(i % 20 === 0 ? 500 : 1)
    expect(after(60, 1, pace).ahead(0, 10)).toBe(0)
  })

  it('is none for a while after something waited too long, longer each time, and short again after a calm', () => {
    const pace = new Pace(true)
    const restsFor = (from: number): number => {
      after(1_000, 0.1, pace)
      let now = from
      while (pace.ahead(now, 10) === 0) now += 10
      return now - from
    }
    let now = 1_000_000
    const rests = [1, 2, 3, 4].map(() => {
      pace.stalled(now)
      const rest = restsFor(now)
      now += rest + 10
      return rest
    })
    expect(rests).toEqual([50, 100, 200, 400])
    now += 10 * 400 + 10
    pace.stalled(now)
    expect(restsFor(now)).toBe(50)
    for (let i = 0; i < 20; i++) {
      pace.stalled(now)
      now += restsFor(now)
    }
    pace.stalled(now)
    expect(restsFor(now)).toBe(30_000)
  })
})
