import { MqError } from '@mq/core'
import type { ListedState, Queue } from '@mq/core'
import { z } from 'zod'
import { viewOfEntry } from '../views/task-entry.ts'
import type { TaskEntryView } from '../views/task-entry.ts'
import type { Show } from '../views/show.ts'
import { viewOfRecord } from '../views/task-record.ts'
import { fromCursor, toCursor, wrongCursor } from './cursor.ts'
import { MOST_CHUNKS, taskChunks } from './task-chunks.ts'
import type { Chunk } from './task-chunks.ts'

export interface Search {
  readonly text: string
  /** Default: all, those that need somebody first. */
  readonly state?: ListedState | undefined
  readonly after?: string | undefined
  readonly limit: number
  readonly show: Show
}

export interface Found {
  readonly tasks: TaskEntryView[]
  readonly scanned: number
  readonly next?: string | undefined
}

const STATES: readonly ListedState[] = ['dead', 'running', 'waiting', 'delayed', 'ended']
/** In one call: more would occupy this process, in which others are answered meanwhile. */
const MOST_SCANNED = 500
/** As the tasks are stored; and one task more. */
const MOST_BYTES = 1 << 20

/** The state, the chunk in it and its size, and the last task of the chunk that was looked at. */
const place = z.tuple([
  z.enum([...STATES, 'blocked'] as [ListedState]),
  z.string().max(400).nullable(),
  z.int().min(1).max(MOST_SCANNED).nullable(),
  z.string().max(200).nullable(),
])
type Place = readonly [ListedState, string | null, number | null, string | null]

/** Looks at tasks as this client sees them: who may not see a value cannot find out by searching. */
export async function searchTasks(queue: Queue, { text, state, after, limit, show }: Search): Promise<Found> {
  const states = state === undefined ? STATES : [state]
  const wanted = text.toLowerCase()
  const found = new Map<string, TaskEntryView>()
  const [first, at, size, last]: Place = after === undefined ? [states[0]!, null, null, null] : fromCursor(after, place)
  if (after === undefined) for (const view of await findById(queue, text, show)) found.set(view.id, view)
  let scanned = 0
  let bytes = 0
  let chunks = 0
  const until = (...next: Place): Found => ({ tasks: [...found.values()], scanned, next: toCursor(next) })

  /** Where it stopped in the chunk. */
  function lookAt({ tasks }: Pick<Chunk, 'tasks'>, seen: string | null): string | null | undefined {
    // The last one may have left the chunk meanwhile: then all are looked at again.
    let previous = seen
    for (const task of tasks.slice(seen === null ? 0 : tasks.findIndex(({ id }) => id === seen) + 1)) {
      if (found.size >= limit || bytes >= MOST_BYTES) return previous
      scanned++
      bytes += task.bytes
      previous = task.id
      const view = viewOfEntry(task, show)
      if (fits(view, wanted)) found.set(view.id, view)
    }
    return undefined
  }

  if (!states.includes(first)) throw wrongCursor()
  for (const current of states.slice(states.indexOf(first))) {
    const from = current === first ? { after: at ?? undefined, size: size ?? undefined } : {}
    const most = (): number => MOST_SCANNED - scanned
    for await (const chunk of taskChunks(queue, { ...from, state: current, payloads: true, most })) {
      const stopped = lookAt(chunk, current === first && chunk.at === (at ?? undefined) ? last : null)
      if (stopped !== undefined) return until(current, chunk.at ?? null, chunk.size, stopped)
      const isEnough = found.size >= limit || scanned >= MOST_SCANNED || bytes >= MOST_BYTES || ++chunks >= MOST_CHUNKS
      if (isEnough && chunk.next !== undefined) return until(current, chunk.next, null, null)
      const following = states[states.indexOf(current) + 1]
      if (isEnough && following !== undefined) return until(following, null, null, null)
    }
  }
  return { tasks: [...found.values()], scanned }
}

async function findById(queue: Queue, text: string, show: Show): Promise<TaskEntryView[]> {
  try {
    const record = await queue.task(text.trim()).read()
    return record === undefined ? [] : [{ bytes: 0, ...viewOfRecord(record, show) }]
  } catch (thrown) {
    if (MqError.is(thrown, 'invalid-id')) return []
    throw thrown
  }
}

function fits({ id, reason, error, payload, headers, result }: TaskEntryView, wanted: string): boolean {
  const texts = [id, reason, error?.name, error?.message, error?.code]
  return [...texts, textOf(payload), textOf(headers), textOf(result)].some((text) =>
    text?.toLowerCase().includes(wanted),
  )
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
