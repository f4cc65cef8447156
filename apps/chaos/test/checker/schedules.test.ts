import { expect, it } from 'vitest'
import type { ScheduleState } from '../../src/end-state/end-state.ts'
import { checkSchedules } from '../../src/checker/schedules.ts'

const ticked = (more: Partial<ScheduleState> = {}): ScheduleState => ({
  name: 's',
  everyMs: 100,
  lastAt: 1_300,
  instants: [1_000, 1_100, 1_200, 1_300],
  ...more,
})
const complaints = (...schedules: readonly ScheduleState[]): string[] =>
  checkSchedules(schedules, 1).map(({ invariant, what }) => `${invariant}: ${what}`)

it('a schedule has one task for each instant up to its last tick', () => {
  expect(complaints(ticked())).toEqual([])
})

it('two tasks for an instant are one too many', () => {
  expect(complaints(ticked({ instants: [1_000, 1_100, 1_100, 1_200, 1_300] }))).toEqual([
    'I16: schedule s has 2 tasks for 1100',
  ])
})

it('none lacks, and none is for another instant', () => {
  expect(complaints(ticked({ instants: [1_000, 1_200, 1_250, 1_300] }))).toEqual([
    'I16: schedule s has a task for 1250, which is no tick',
    'I16: schedule s has no task for 1100',
  ])
  expect(complaints(ticked({ lastAt: 1_400 }))).toEqual([
    'I16: schedule s has no task for 1400',
    'I16: schedule s ticked last at 1400, its last task is another',
  ])
})

it('each goes on to the end', () => {
  const stopped = ticked({ name: 't', lastAt: 5_000, instants: [5_000] })
  expect(checkSchedules([ticked(), stopped], 2).map(({ what }) => what)).toEqual([
    'schedule s stopped 3700 ms before another',
  ])
  expect(complaints(ticked({ instants: [] }))).toEqual(['I16: schedule s never ticked'])
  expect(complaints()).toEqual(['I16: 1 schedules were set, and 0 are there'])
})
