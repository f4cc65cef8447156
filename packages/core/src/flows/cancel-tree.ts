import type { TaskRef } from '../ports/queue-admin.ts'
import type { FlowStore } from './flow-store.ts'
import { childrenOf, nameOf } from './walk.ts'
import type { Place } from './walk.ts'

/** So many are cancelled at once. */
const AT_ONCE = 100

/**
 * Cancels all that run after a task, directly or not, those first that run last: so no one is told before that a parent
 * did not complete. What is added meanwhile is found or is told the end of its parent.
 */
export async function cancelDescendants(store: FlowStore, queue: string, ref: TaskRef, reason: string): Promise<void> {
  const [standing] = await store.call(() => store.flowsOf(queue).look([ref]))
  if (standing === undefined || standing.state === 'unknown') return
  const root: Place = { queue, n: standing.n }
  const found = new Map([[nameOf(root), root]])
  const places = [root]
  for (let at = 0; at < places.length; at++) {
    for await (const children of childrenOf(store, places[at]!)) {
      for (const { queue: its, n } of children) {
        const place = { queue: its, n }
        // Behind whatever was found before: one with many parents is as deep as the deepest of them.
        if (found.has(nameOf(place))) continue
        found.set(nameOf(place), place)
        places.push(place)
      }
    }
  }
  const descendants = places.slice(1).reverse()
  for (let at = 0; at < descendants.length; at += AT_ONCE) {
    await Promise.all(
      descendants
        .slice(at, at + AT_ONCE)
        .map(({ queue: its, n }) =>
          store.call(() => store.driverOf(its).apply({ kind: 'cancel', task: { n }, reason })),
        ),
    )
  }
}
