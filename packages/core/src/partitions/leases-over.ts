import type { Clock } from '../clock.ts'
import type { Note } from '../ports/note.ts'
import type { LeaseState } from '../ports/queue-driver.ts'
import { inTime, stalled } from './in-time.ts'
import type { Marks } from './marks.ts'
import type { Partitions } from './partitions.ts'
import { gathered, portionsOf } from './spread-out.ts'

interface LeasesParts {
  readonly clock: Clock
  readonly partitions: Partitions
  readonly marks: Marks
}

/** Where a partition does not answer, the leases of the others are prolonged, and all are asked for again. */
export async function extendOver(
  { clock, marks, partitions }: LeasesParts,
  leases: readonly string[],
  leaseMs: number,
): Promise<readonly LeaseState[]> {
  const portions = portionsOf(leases, (lease) => [partitions.placeOfLease(lease), lease])
  for (const { port } of portions) marks.held(port.index, leaseMs)
  return gathered(portions, async (port, items) => {
    const states = await inTime(clock, port.extend(items, leaseMs))
    if (states === undefined) throw stalled()
    return states
  })
}

export async function noteOver(partitions: Partitions, notes: readonly Note[]): Promise<readonly boolean[]> {
  const portions = portionsOf(notes, (note) => [partitions.placeOfLease(note.lease), note])
  return gathered(portions, (port, items) => port.note(items))
}
