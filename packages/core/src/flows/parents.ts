import { MqError } from '../errors.ts'
import { readOutcome } from '../wire/read-outcome.ts'
import type { FamilyMember } from '../ports/flows.ts'
import type { ParentOutcome } from '../handler/parent-outcome.ts'
import type { FlowStore } from './flow-store.ts'
import { familyOf } from './walk.ts'

/**
 * In the order of `after`. A round trip for a thousand, or where their results are large for 4 MiB. Throws `lease-lost`
 * where the task is over: how its parents ended is forgotten then.
 */
export async function parentsOf(store: FlowStore, queue: string, n: string): Promise<ParentOutcome[]> {
  const all: ParentOutcome[] = []
  if (store.driverOf(queue).flows === undefined) return all
  let heard: number | undefined
  for await (const page of familyOf(store, queue, { n })) {
    heard ??= page.heard
    for (const parent of page.parents) all.push(await outcomeOf(parent))
  }
  if (heard !== undefined && all.filter(({ state }) => state !== 'pending').length < heard) {
    throw new MqError('lease-lost', 'the task is over: how its parents ended is forgotten')
  }
  return all
}

async function outcomeOf({ queue, n, id = `n${n}`, end }: FamilyMember): Promise<ParentOutcome> {
  if (end === undefined) return { queue, id, state: 'pending' }
  if (end.state === 'unknown') return { queue, id, state: 'unknown' }
  return { queue, id, ...(await readOutcome(end, undefined)) }
}
