import type { ChildRef, ParentEnd, ParentRef } from '../ports/flows.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import { byQueue } from './by-queue.ts'
import type { FlowStore } from './flow-store.ts'
import { tellChildren, withReason } from './tell-children.ts'
import type { Word } from './tell-children.ts'

/** One of a child's parents, and which. */
interface Member extends ParentRef {
  readonly index: number
}

export interface Child {
  readonly queue: string
  readonly n: string
  readonly parents: readonly Member[]
}

interface Link {
  readonly parent: Member
  readonly child: ChildRef
}

/**
 * Lets parents know their children, and these the ends of those that have ended already. May be repeated: so whoever
 * finds the chore of it does all of it.
 */
export async function linkParents(store: FlowStore, children: readonly Child[]): Promise<void> {
  const links = children.flatMap(({ queue, n, parents }) =>
    parents.map((parent): Link => ({ parent, child: { queue, n, index: parent.index } })),
  )
  const groups = byQueue(links, ({ parent }) => parent.queue)
  await Promise.all([...groups].map(([queue, its]) => linkQueue(store, queue, its)))
}

async function linkQueue(store: FlowStore, parentsQueue: string, links: readonly Link[]): Promise<void> {
  const flows = store.flowsOf(parentsQueue)
  for (let at = 0; at < links.length;) {
    const some = links.slice(at, at + MAX_BATCH)
    const edges = some.map(({ parent, child }) => ({ parent: parent.n, child }))
    // Fewer are answered where results are large.
    const replies = await store.call(() => flows.link(edges))
    const words = replies.flatMap((reply, i): Word[] => {
      if (reply.state === 'pending') return []
      const end: ParentEnd = reply.state === 'ended' ? reply.outcome : { state: 'unknown', endedAt: 0 }
      const { parent, child } = some[i]!
      const { n, id = `n${n}` } = parent
      return [{ child, end: withReason(end, parentsQueue, id) }]
    })
    await tellChildren(store, words)
    at += Math.max(1, replies.length)
  }
}
