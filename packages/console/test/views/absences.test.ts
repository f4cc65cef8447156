import { describe, expect, it } from 'vitest'
import { Absences } from '../../src/views/absences.ts'

const worker = (connected?: boolean) => [{ id: 'a', connected }]

/** Whether it is gone after looks at these times. */
function after(...looks: readonly (readonly [atMs: number, connected: boolean | undefined])[]): boolean {
  const absences = new Absences()
  for (const [atMs, connected] of looks) absences.note(worker(connected), atMs)
  return absences.isGone({ id: 'a' })
}

describe('a worker without a connection', () => {
  it('is gone after two seconds, and not while it may be reconnecting', () => {
    expect(after([0, false])).toBe(false)
    expect(after([0, false], [1_000, false])).toBe(false)
    expect(after([0, false], [1_000, false], [2_000, false])).toBe(true)
    expect(after([0, false], [1_000, true], [2_000, false], [3_000, false])).toBe(false)
    expect(after([0, false], [1_000, false], [2_000, false], [2_500, true])).toBe(false)
  })

  it('is not gone where the storage cannot say, or nobody looked meanwhile', () => {
    expect(after([0, undefined], [9_000, undefined])).toBe(false)
    expect(after([0, false], [60_000, false])).toBe(false)
    expect(after([0, false], [60_000, false], [61_000, false], [62_000, false])).toBe(true)
  })

  it('is forgotten with the list, and when the storage was away', () => {
    const absences = new Absences()
    for (const atMs of [0, 1_000, 2_000]) absences.note(worker(false), atMs)
    absences.forget()
    expect(absences.isGone({ id: 'a' })).toBe(false)
    absences.note([], 3_000)
    absences.note(worker(false), 4_000)
    expect(absences.isGone({ id: 'a' })).toBe(false)
  })
})
