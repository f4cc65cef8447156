import type { FamilyPage, FamilyQuery } from '../ports/flows.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { TaskRef } from '../ports/queue-admin.ts'
import type { FlowStore } from './flow-store.ts'

/** A task of a flow by its number. */
export interface Place {
  readonly queue: string
  readonly n: string
  /** Its caller's own, where it is known. */
  readonly id?: string | undefined
}

export function nameOf({ queue, n }: Place): string {
  return `${queue} ${n}`
}

/** Page by page. */
export async function* childrenOf(store: FlowStore, { queue, n }: Place): AsyncGenerator<readonly Place[]> {
  const flows = store.flowsOf(queue)
  for (let after: string | undefined, isMore = true; isMore;) {
    const query = { n, after, limit: MAX_BATCH }
    const page = await store.call(() => flows.children(query))
    if (page.children.length > 0) yield page.children
    after = page.next
    isMore = after !== undefined
  }
}

/** Its parents, page by page; none where it has none. */
export async function* familyOf(store: FlowStore, queue: string, task: TaskRef): AsyncGenerator<FamilyPage> {
  const flows = store.flowsOf(queue)
  let from: number | undefined = 0
  while (from !== undefined) {
    const query: FamilyQuery = { task, from, limit: MAX_BATCH }
    const page: FamilyPage | undefined = await store.call(() => flows.family(query))
    if (page === undefined) return
    yield page
    from = page.next
  }
}
