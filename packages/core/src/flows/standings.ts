import type { Standing } from '../ports/flows.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { TaskRef } from '../ports/queue-admin.ts'
import { byQueue } from './by-queue.ts'
import type { FlowStore } from './flow-store.ts'

/** Where each of these tasks stands, each queue asked by calls of its own. */
export async function standingsOf<T extends { readonly queue: string }>(
  store: FlowStore,
  tasks: readonly T[],
  refOf: (task: T) => TaskRef,
): Promise<Map<T, Standing>> {
  const standings = new Map<T, Standing>()
  const groups = byQueue(tasks, ({ queue }) => queue)
  await Promise.all(
    [...groups].map(async ([queue, its]) => {
      const flows = store.flowsOf(queue)
      for (let at = 0; at < its.length; at += MAX_BATCH) {
        const some = its.slice(at, at + MAX_BATCH)
        const answers = await store.call(() => flows.look(some.map(refOf)))
        some.forEach((task, i) => standings.set(task, answers[i]!))
      }
    }),
  )
  return standings
}
