import type { ParentEnd, ParentRef } from '../ports/flows.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import { byQueue } from './by-queue.ts'
import type { FlowStore } from './flow-store.ts'
import { tellChildren, withReason } from './tell-children.ts'
import type { Word } from './tell-children.ts'

/** One of a child's parents, and which. */
export interface Member extends ParentRef {
  readonly index: number
}

/**
 * Lets parents know their child, and the child the ends of those that have ended already. May be repeated: so whoever
 * finds the chore of it does all of it.
 */
export async function linkParents(
  store: FlowStore,
  child: { readonly queue: string; readonly n: string },
  parents: readonly Member[],
): Promise<void> {
  const groups = byQueue(parents, ({ queue }) => queue)
  await Promise.all([...groups].map(([queue, its]) => linkQueue(store, child, queue, its)))
}

async function linkQueue(
  store: FlowStore,
  { queue, n }: { readonly queue: string; readonly n: string },
  parentsQueue: string,
  parents: readonly Member[],
): Promise<void> {
  const flows = store.flowsOf(parentsQueue)
  for (let at = 0; at < parents.length;) {
    const some = parents.slice(at, at + MAX_BATCH)
    const edges = some.map((parent) => ({ parent: parent.n, child: { queue, n, index: parent.index } }))
    // Fewer are answered where results are large.
    const replies = await store.call(() => flows.link(edges))
    const words = replies.flatMap((reply, i): Word[] => {
      if (reply.state === 'pending') return []
      const end: ParentEnd = reply.state === 'ended' ? reply.outcome : { state: 'unknown', endedAt: 0 }
      const { index, n: its, id = `n${its}` } = some[i]!
      return [{ child: { queue, n, index }, end: withReason(end, parentsQueue, id) }]
    })
    await tellChildren(store, words)
    at += Math.max(1, replies.length)
  }
}
