import { checkInteger, checkOptions } from '../define/check-call.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { TaskReading, TaskRef } from '../ports/queue-admin.ts'
import { byQueue } from './by-queue.ts'
import type { FlowStore } from './flow-store.ts'
import { childrenOf, familyOf, nameOf } from './walk.ts'
import type { FlowGraph, FlowTask, GraphOptions } from './flow-graph.ts'
import type { Place } from './walk.ts'

/**
 * Those that are nearest first: its parents and children, then theirs. Of tasks that ended it knows those that are
 * kept. A few round trips for each task, `limit` bounds them.
 */
export async function graphOf(
  store: FlowStore,
  queue: string,
  ref: TaskRef,
  options: GraphOptions = {},
): Promise<FlowGraph> {
  const { limit = 200 } = checkOptions('graph', options, ['limit'])
  checkInteger('limit', limit, 1, MAX_BATCH)
  const [standing] = await store.call(() => store.flowsOf(queue).look([ref]))
  if (standing === undefined || standing.state === 'unknown') return { tasks: [], edges: [], more: false }
  const first: Place = { queue, n: standing.n, ...('id' in ref ? { id: ref.id } : undefined) }
  const places: Place[] = [first]
  const known = new Map([[nameOf(first), 0]])
  const edges = new Map<string, { readonly from: number; readonly to: number }>()
  let more = false
  /** Its index; undefined where there is no room for it. */
  const indexOf = (place: Place): number | undefined => {
    const name = nameOf(place)
    const index = known.get(name)
    if (index !== undefined) {
      if (place.id !== undefined && places[index]!.id === undefined) places[index] = place
      return index
    }
    if (places.length === limit) {
      more = true
      return undefined
    }
    known.set(name, places.length)
    return places.push(place) - 1
  }
  const join = (from: number | undefined, to: number | undefined): void => {
    if (from !== undefined && to !== undefined) edges.set(`${from} ${to}`, { from, to })
  }
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!
    for await (const { id: own, parents } of familyOf(store, place.queue, { n: place.n })) {
      places[at] = { ...place, id: place.id ?? own }
      for (const { queue: its, n, id } of parents) join(indexOf({ queue: its, n, id }), at)
      if (more) break
    }
    for await (const some of childrenOf(store, place)) {
      for (const { queue: its, n } of some) join(at, indexOf({ queue: its, n }))
      if (more) break
    }
  }
  return { tasks: await statesOf(store, places), edges: [...edges.values()], more }
}

async function statesOf(store: FlowStore, places: readonly Place[]): Promise<FlowTask[]> {
  const readings = new Map<Place, TaskReading>()
  const groups = byQueue(places, ({ queue }) => queue)
  await Promise.all(
    [...groups].map(async ([queue, its]) => {
      const answers = await store.call(() => store.driverOf(queue).read(its.map(({ n }) => ({ n }))))
      its.forEach((place, i) => readings.set(place, answers[i]!))
    }),
  )
  return places.map((place) => {
    const reading = readings.get(place)!
    return { queue: place.queue, id: place.id ?? `n${place.n}`, state: stateOf(reading) }
  })
}

function stateOf(reading: TaskReading): FlowTask['state'] {
  if (reading.state === 'ended') return reading.outcome.state
  return reading.state === 'delayed' && reading.blocked ? 'blocked' : reading.state
}
