import type { TaskRef } from '../ports/queue-admin.ts'
import { cancelTask } from '../storage-calls/cancel-task.ts'
import type { FlowStore } from './flow-store.ts'
import { standingsOf } from './standings.ts'
import { childrenOf, nameOf } from './walk.ts'
import type { Place } from './walk.ts'

/** How many are cancelled at once. */
const AT_ONCE = 100

/** How many of the tasks that run after one were cancelled, and how many had ended before. */
export interface TreeCounts {
  readonly cancelled: number
  readonly tooLate: number
}

/**
 * Cancels all that run after a task, directly or not, the deepest first: none hears that a parent did not complete
 * before it is cancelled itself. What is added meanwhile is found, or hears of the end of its parent.
 */
export async function cancelDescendants(
  store: FlowStore,
  queue: string,
  ref: TaskRef,
  reason: string,
): Promise<TreeCounts> {
  let [cancelled, tooLate] = [0, 0]
  const [standing] = await store.call(() => store.flowsOf(queue).look([ref]))
  if (standing === undefined || standing.state === 'unknown') return { cancelled, tooLate }
  const descendants = await descendantsOf(store, { queue, n: standing.n })
  const levels = await deepestFirst(store, descendants)
  tooLate = descendants.length - levels.reduce((sum, level) => sum + level.length, 0)
  for (const level of levels) {
    for (let at = 0; at < level.length; at += AT_ONCE) {
      const some = level.slice(at, at + AT_ONCE)
      const done = await Promise.all(
        some.map(({ queue: its, n }) => cancelTask(store.driverOf(its), (call) => store.call(call), { n }, reason)),
      )
      const count = done.filter(Boolean).length
      cancelled += count
      tooLate += some.length - count
    }
  }
  return { cancelled, tooLate }
}

async function descendantsOf(store: FlowStore, root: Place): Promise<readonly Place[]> {
  const found = new Set([nameOf(root)])
  const places = [root]
  for (let at = 0; at < places.length; at++) {
    for await (const children of childrenOf(store, places[at]!)) {
      for (const { queue, n } of children) {
        const place = { queue, n }
        if (found.has(nameOf(place))) continue
        found.add(nameOf(place))
        places.push(place)
      }
    }
  }
  return places.slice(1)
}

/** By their stored depths: each is above those of its parents. One that is not known any more ended. */
async function deepestFirst(store: FlowStore, places: readonly Place[]): Promise<readonly (readonly Place[])[]> {
  const standings = await standingsOf(store, places, ({ n }) => ({ n }))
  const levels = new Map<number, Place[]>()
  for (const [place, standing] of standings) {
    if (standing.state === 'unknown') continue
    const level = levels.get(standing.depth)
    if (level === undefined) levels.set(standing.depth, [place])
    else level.push(place)
  }
  return [...levels].sort(([one], [other]) => other - one).map(([, level]) => level)
}
