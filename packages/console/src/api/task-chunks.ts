import type { ListedState, Queue, TaskPage } from '@mq/core'

/** Of one call, as tasks are stored: a storage that does one thing at a time does nothing else for 5 ms a MiB. */
const CALL_BYTES = 512 << 10
/** How many are read at first, as long as nobody knows how large they are; then up to four times as many. */
const FIRST = 20
const GROWTH = 4

export interface ChunksOptions {
  readonly state: ListedState
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
  /** Where it begins, and how many were asked for: with both it can be read again. */
  readonly at: string | undefined
  readonly size: number
  readonly bytes: number
}

/** A page asks for no more: tasks that were cancelled leave chunks that are empty. */
export const MOST_CHUNKS = 10

/** The tasks of a state, a few or many at a time, so that no call to the storage is large. */
export async function* taskChunks(queue: Queue, options: ChunksOptions): AsyncGenerator<Chunk> {
  const { state, key, payloads, most } = options
  let { after: at, size: wanted = FIRST } = options
  for (;;) {
    const size = Math.max(1, Math.min(wanted, most()))
    const page = await queue.tasks({ state, key, after: at, limit: size, payloads }).first()
    const bytes = page.tasks.reduce((sum, task) => sum + task.bytes, 0)
    yield { ...page, at, size, bytes }
    if (page.next === undefined) return
    at = page.next
    const fitting = bytes === 0 ? size : Math.floor((CALL_BYTES * page.tasks.length) / bytes)
    wanted = Math.min(fitting, Math.max(FIRST, GROWTH * size))
  }
}
