import { expect, it } from 'vitest'
import { OpenLoopClock } from '../../src/scenarios/open-loop-clock.ts'

it('means each task to be sent in its turn, at the rate', () => {
  const clock = new OpenLoopClock(1_000, 500, 3)
  expect([0, 1, 2].map((n) => clock.intendedAt(n))).toEqual([1_000, 1_002, 1_004])
})

it('gives each number once, when its time has come', () => {
  const clock = new OpenLoopClock(0, 1_000, 5)
  expect(clock.due(0)).toEqual([0])
  expect(clock.due(0.5)).toEqual([])
  expect(clock.due(2.5)).toEqual([1, 2])
  expect(clock.done).toBe(false)
  expect(clock.due(100)).toEqual([3, 4])
  expect(clock.done).toBe(true)
  expect(clock.due(200)).toEqual([])
})

it('does not move what was meant because the sender was late', () => {
  const clock = new OpenLoopClock(0, 1_000, 100)
  expect(clock.due(50)).toHaveLength(51)
  // The last of them was in time; the first has waited 50 ms by now, and that counts.
  expect(50 - clock.intendedAt(0)).toBe(50)
  expect(50 - clock.intendedAt(50)).toBe(0)
})

it('gives nothing before it begins', () => {
  expect(new OpenLoopClock(10, 1_000, 5).due(9)).toEqual([])
})

it.each([0, -1, Number.NaN])('refuses a rate of %s', (rate) => {
  expect(() => new OpenLoopClock(0, rate, 1)).toThrow(TypeError)
})
