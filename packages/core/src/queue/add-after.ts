import { toError } from '../errors.ts'
import type { Wanted } from '../flows/after.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import { linkParents } from '../flows/link-parents.ts'
import type { Child } from '../flows/link-parents.ts'
import { lookAgainInMs } from '../flows/look-again.ts'
import { withFamilies } from '../flows/look-parents.ts'
import { NEW_TOKEN } from '../ports/flows.ts'
import type { NewTask } from '../ports/queue-driver.ts'
import type { TaskRef } from '../ports/queue-admin.ts'
import type { Services } from '../services/services.ts'

export interface FlowParts {
  readonly definition: { readonly name: string }
  readonly flows: FlowStore
  readonly services: Services
}

interface Added {
  readonly existing: boolean
  readonly ref: TaskRef
}

/** Its parents are looked for first, so that one that is not known is an error; then they are linked. */
export async function addAfter<Handle extends Added>(
  parts: FlowParts,
  task: NewTask | Promise<NewTask>,
  want: Wanted,
  add: (task: NewTask) => Promise<Handle>,
): Promise<Handle> {
  const [blocked] = await withFamilies(parts.flows, parts.definition.name, [await task], [want])
  const handle = await add(blocked!)
  await linkOrLeave(parts, [handle], [blocked!])
  return handle
}

/** All of them together. What fails here is done by a worker. */
export async function linkOrLeave(
  { definition: { name }, flows, services }: FlowParts,
  handles: readonly Added[],
  tasks: readonly NewTask[],
): Promise<void> {
  const children = handles.flatMap(({ existing, ref }, i): Child[] => {
    const { after } = tasks[i]!
    if (after === undefined || existing || !('n' in ref)) return []
    return [{ queue: name, n: ref.n, parents: after.parents.map((parent, index) => ({ ...parent, index })) }]
  })
  if (children.length === 0) return
  try {
    await linkParents(flows, children)
    const done = children.map(({ n }) => ({ kind: 'check', n, token: NEW_TOKEN, againInMs: lookAgainInMs(0) }) as const)
    await flows.call(() => flows.flowsOf(name).finish(done))
  } catch (thrown) {
    services.logger.debug(
      { queue: name, count: children.length, err: toError(thrown) },
      'a worker will link these tasks with those they run after',
    )
  }
}
