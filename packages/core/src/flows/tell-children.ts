import type { ChildRef, ParentEnd } from '../ports/flows.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../ports/limits.ts'
import { byQueue } from './by-queue.ts'
import type { FlowStore } from './flow-store.ts'

/** A child, and how the parent that is meant ended. */
export interface Word {
  readonly child: ChildRef
  readonly end: ParentEnd & { readonly why: string }
}

/** For those who look why a child died. */
export function withReason(end: ParentEnd, queue: string, id: string): Word['end'] {
  return { ...end, why: `a task that it runs after did not complete: ${id} of ${queue} (${end.state})` }
}

/** Each queue by calls of its own. May be repeated. */
export async function tellChildren(store: FlowStore, words: readonly Word[]): Promise<void> {
  const groups = byQueue(words, ({ child }) => child.queue)
  await Promise.all([...groups].map(([queue, its]) => tellQueue(store, queue, its)))
}

async function tellQueue(store: FlowStore, queue: string, words: readonly Word[]): Promise<void> {
  const flows = store.flowsOf(queue)
  let left = words
  while (left.length > 0) {
    const some = portionOf(left)
    const ends = [...new Set(some.map(({ end }) => end))]
    const places = new Map(ends.map((end, i) => [end, i]))
    const children = some.map(({ child: { n, index }, end }) => ({ n, index, end: places.get(end)! }))
    const told = await store.call(() => flows.tell({ ends, children }))
    left = [...some.filter((_, i) => !told[i]), ...left.slice(some.length)]
  }
}

/** As many as a call takes. The end of one parent that many children wait for is sent once, and kept by each. */
function portionOf(words: readonly Word[]): readonly Word[] {
  let bytes = 0
  for (let count = 0; count < words.length; count++) {
    bytes += sizeOf(words[count]!.end)
    if (count === MAX_BATCH || (count > 0 && bytes > MAX_BATCH_BYTES)) return words.slice(0, count)
  }
  return words
}

function sizeOf(end: ParentEnd): number {
  return end.state === 'unknown' ? 0 : 3 * ((end.body?.length ?? 0) + (end.reason?.length ?? 0))
}
