import { readOutcome } from '../wire/read-outcome.ts'
import type { FamilyMember } from '../ports/flows.ts'
import type { ParentOutcome } from '../handler/parent-outcome.ts'
import type { FlowStore } from './flow-store.ts'
import { familyOf } from './walk.ts'

/** In the order of `after`. A round trip for a thousand, or where their results are large for 4 MiB. */
export async function parentsOf(store: FlowStore, queue: string, n: string): Promise<ParentOutcome[]> {
  const all: ParentOutcome[] = []
  if (store.driverOf(queue).flows === undefined) return all
  for await (const { parents } of familyOf(store, queue, { n })) {
    for (const parent of parents) all.push(await outcomeOf(parent))
  }
  return all
}

async function outcomeOf({ queue, n, id = `n${n}`, end }: FamilyMember): Promise<ParentOutcome> {
  if (end === undefined) return { queue, id, state: 'pending' }
  if (end.state === 'unknown') return { queue, id, state: 'unknown' }
  return { queue, id, ...(await readOutcome(end, undefined)) }
}
