import { MqError } from '@mq/core'
import type { ListedState, Queue } from '@mq/core'
import { z } from 'zod'
import { viewOfEntry } from '../views/task-entry.ts'
import type { TaskEntryView } from '../views/task-entry.ts'
import type { Show } from '../views/show.ts'
import { viewOfRecord } from '../views/task-record.ts'
import { fromCursor, toCursor } from './cursor.ts'

export interface Search {
  readonly text: string
  /** Default: all, those that need somebody first. */
  readonly state?: ListedState | undefined
  readonly after?: string | undefined
  readonly limit: number
  /** How many tasks are looked at. */
  readonly most: number
  readonly show: Show
}

export interface Found {
  readonly tasks: TaskEntryView[]
  readonly scanned: number
  readonly next?: string | undefined
}

const STATES: readonly ListedState[] = ['dead', 'running', 'waiting', 'delayed', 'ended']
const PAGE = 500
/** As the tasks are stored. More would occupy the storage, and this process. */
const MOST_BYTES = 16 << 20

/** The state, the page in it, and the last task of the page that was looked at. */
const place = z.tuple([z.enum(STATES as [ListedState]), z.string().max(400).nullable(), z.string().max(200).nullable()])
type Place = readonly [ListedState, string | null, string | null]

/** Looks at tasks as this client sees them: who may not see a value cannot find out by searching. */
export async function searchTasks(queue: Queue, { text, state, after, limit, most, show }: Search): Promise<Found> {
  const states = state === undefined ? STATES : [state]
  const wanted = text.toLowerCase()
  const found = new Map<string, TaskEntryView>()
  const start: Place = after === undefined ? [states[0]!, null, null] : fromCursor(after, place)
  if (after === undefined) for (const view of await findById(queue, text, show)) found.set(view.id, view)
  let scanned = 0
  let bytes = 0
  let [current, page, last] = start
  const next = (): string => toCursor([current, page, last])

  for (;;) {
    const limitOfPage = Math.min(PAGE, most)
    const { tasks, next: nextPage } = await queue
      .tasks({ state: current, after: page ?? undefined, limit: limitOfPage, payloads: true })
      .first()
    // The last one may have left the page meanwhile: then all are looked at again.
    const from = last === null ? 0 : tasks.findIndex(({ id }) => id === last) + 1
    for (const task of tasks.slice(from)) {
      if (found.size >= limit || scanned >= most || bytes >= MOST_BYTES)
        return { tasks: [...found.values()], scanned, next: next() }
      scanned++
      bytes += task.bytes
      last = task.id
      const view = viewOfEntry(task, show)
      if (fits(view, wanted)) found.set(view.id, view)
    }
    last = null
    if (nextPage !== undefined) page = nextPage
    else {
      const following = states[states.indexOf(current) + 1]
      if (following === undefined) return { tasks: [...found.values()], scanned }
      current = following
      page = null
    }
  }
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
