import type { ListedState, Queue, TaskPage } from '@mq/core'

/** Those that are blocked are among the delayed ones, the last of each priority. */
export type ShownState = ListedState | 'blocked'

/** Of one call, as tasks are stored: a storage that does one thing at a time does nothing else for 5 ms a MiB. */
const CALL_BYTES = 512 << 10
/** How many are read at first, as long as nobody knows how large they are; then up to four times as many. */
const FIRST = 20
const GROWTH = 4

export interface ChunksOptions {
  readonly state: ShownState
  /** waiting: of this key only. */
  readonly key?: string | undefined
  /** Where to begin: the `next` of a chunk. */
  readonly after?: string | undefined
  readonly payloads: boolean
  /** How many to read at first, if that is known. */
  readonly size?: number | undefined
  /** The most in one chunk; asked before each. */
  readonly most: () => number
}

export interface Chunk extends TaskPage {
  /** How many tasks were looked at: more than it has where not all are wanted. */
  readonly scanned: number
  /** Where it begins, and how many were asked for: with both it can be read again. */
  readonly at: string | undefined
  readonly size: number
  readonly bytes: number
}

/** A page asks for no more: tasks that were cancelled leave chunks that are empty. */
export const MOST_CHUNKS = 10

/** The tasks of a state, a few or many at a time, so that no call to the storage is large. */
export async function* taskChunks(queue: Queue, options: ChunksOptions): AsyncGenerator<Chunk> {
  const { key, payloads, most } = options
  const areBlocked = options.state === 'blocked'
  const state = options.state === 'blocked' ? 'delayed' : options.state
  let { after: at, size: wanted = FIRST } = options
  for (;;) {
    const size = Math.max(1, Math.min(wanted, most()))
    const page = await queue.tasks({ state, key, after: at, limit: size, payloads }).first()
    const bytes = page.tasks.reduce((sum, task) => sum + task.bytes, 0)
    const tasks = areBlocked ? page.tasks.filter(({ blocked }) => blocked) : page.tasks
    yield { ...page, tasks, at, size, bytes, scanned: page.tasks.length }
    if (page.next === undefined) return
    at = page.next
    const fitting = bytes === 0 ? size : Math.floor((CALL_BYTES * page.tasks.length) / bytes)
    wanted = Math.min(fitting, Math.max(FIRST, GROWTH * size))
  }
}
