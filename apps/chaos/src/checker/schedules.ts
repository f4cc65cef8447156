import type { ScheduleState } from '../end-state/end-state.ts'
import type { Violation } from './violation.ts'

/** By how much the last ticks of two schedules may be apart in the end. */
const APART_MS = 3_000

/** I16: each schedule has one task for each instant from its first to its last, and none stopped before the others. */
export function checkSchedules(schedules: readonly ScheduleState[], count: number): Violation[] {
  const wrong: string[] = []
  if (schedules.length !== count) wrong.push(`${count} schedules were set, and ${schedules.length} are there`)
  const lastOfAll = Math.max(...schedules.map(({ lastAt }) => lastAt))
  for (const { name, everyMs, lastAt, instants } of schedules) {
    const [first] = instants
    if (first === undefined) {
      wrong.push(`schedule ${name} never ticked`)
      continue
    }
    const found = new Map<number, number>()
    for (const instant of instants) found.set(instant, (found.get(instant) ?? 0) + 1)
    for (const [instant, times] of found) {
      if (times > 1) wrong.push(`schedule ${name} has ${times} tasks for ${instant}`)
      if ((instant - first) % everyMs !== 0) wrong.push(`schedule ${name} has a task for ${instant}, which is no tick`)
    }
    for (let instant = first; instant <= lastAt; instant += everyMs) {
      if (!found.has(instant)) wrong.push(`schedule ${name} has no task for ${instant}`)
    }
    if (lastAt !== instants.at(-1)) wrong.push(`schedule ${name} ticked last at ${lastAt}, its last task is another`)
    if (lastOfAll - lastAt > APART_MS) wrong.push(`schedule ${name} stopped ${lastOfAll - lastAt} ms before another`)
  }
  return wrong.map((what) => ({ invariant: 'I16', what }))
}
