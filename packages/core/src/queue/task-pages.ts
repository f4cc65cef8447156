import { checkBoolean, checkInteger, checkOptions, checkText, invalidOption, showWord } from '../define/check-call.ts'
import { refuseCursor } from '../ports/check-arguments.ts'
import { MqError } from '../errors.ts'
import { MAX_BATCH, MAX_KEY } from '../ports/limits.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { PageState } from '../ports/task-listing.ts'
import { entryOf, entryOfDead } from './task-entry.ts'
import type { TaskEntry } from './task-entry.ts'

/**
 * `blocked`: of the delayed ones, those that run after others which have not all ended. `ended`: completed, cancelled
 * and expired ones whose outcome is kept (`keep.results`), the newest first.
 */
export type ListedState = PageState | 'dead'

export interface TasksOptions {
  readonly state: ListedState
  /** waiting: tasks with this key only, in any order. Throws `unsupported` where the adapter has no keys. */
  readonly key?: string | undefined
  /** How many tasks a page has at the most, 1–1,000 (running: a few more, where more than 1,000 run). Default 100. */
  readonly limit?: number | undefined
  /**
   * The `next` of a page of this state: begin behind it. Another text throws `invalid-options`, so it may come from a
   * client.
   */
  readonly after?: string | undefined
  /**
   * Payloads, headers and results too. A page reads 4 MiB at the most, and has fewer tasks where they are large.
   * Default false.
   */
  readonly payloads?: boolean | undefined
}

export interface TaskPage {
  /** Fewer than `limit`, or none, does not mean that it is the last page. */
  readonly tasks: readonly TaskEntry[]
  /** Where the next page begins: a text of up to 310 characters. Undefined at the end, and only there. */
  readonly next?: string | undefined
}

/** All pages, for a loop; those without tasks are left out. */
export interface TaskPages extends AsyncIterable<TaskPage> {
  /** One page: the first, or the one behind `after`. */
  first(): Promise<TaskPage>
}

export interface TaskPagesParts {
  readonly admin: Pick<QueueAdmin, 'page' | 'list' | 'keys'>
  readonly repeat: <T>(call: () => Promise<T>) => Promise<T>
  readonly assertOpen: () => void
}

/** A cursor begins with its state, so that one of another state is refused. */
const LETTERS: Readonly<Record<ListedState, string>> = {
  waiting: 'w',
  delayed: 'd',
  blocked: 'b',
  running: 'r',
  ended: 'e',
  dead: 'x',
}
/** A letter before an adapter's, or what dead letters have. */
const MAX_CURSOR = 310
const OF_DEAD = /^(\d{1,15}):(\d{1,20})$/

export function createTaskPages({ admin, repeat, assertOpen }: TaskPagesParts, options: TasksOptions): TaskPages {
  const { state, key, after, ...rest } = checkOptions('tasks', options, ['state', 'key', 'limit', 'after', 'payloads'])
  if (typeof state !== 'string' || !Object.hasOwn(LETTERS, state)) {
    const states = Object.keys(LETTERS).join(', ')
    throw invalidOption('state', `tasks.state must be one of ${states}, not ${showWord(state)}`, state)
  }
  const limit = checkInteger('limit', rest.limit ?? 100, 1, MAX_BATCH)
  const payloads = checkBoolean('payloads', rest.payloads ?? false)
  if (key !== undefined) {
    checkText('key', key, 1, MAX_KEY)
    if (state !== 'waiting') throw invalidOption('key', 'tasks.key is of tasks that wait', key)
    if (admin.keys === undefined) throw new MqError('unsupported', 'this adapter has no keys')
  }
  const letter = LETTERS[state]
  if (after !== undefined && !checkText('after', after, 2, MAX_CURSOR).startsWith(letter)) refuseCursor()

  async function load(cursor: string | undefined): Promise<TaskPage> {
    assertOpen()
    const after = cursor?.slice(1)
    const { tasks, next } = await (state === 'dead' ? loadDead(after) : loadListed(state, after))
    return next === undefined ? { tasks } : { tasks, next: letter + next }
  }

  async function loadListed(state: PageState, after: string | undefined): Promise<TaskPage> {
    const { tasks, next } = await repeat(() => admin.page({ state, key, after, limit, payloads }))
    const pending = state === 'ended' ? 'waiting' : state === 'blocked' ? 'delayed' : state
    return { tasks: tasks.map((task) => entryOf(task, pending, payloads)), next }
  }

  async function loadDead(cursor: string | undefined): Promise<TaskPage> {
    const [, diedAt, n] = (cursor === undefined ? undefined : OF_DEAD.exec(cursor)) ?? []
    if (cursor !== undefined && n === undefined) refuseCursor()
    const after = n === undefined ? undefined : { n, diedAt: Number(diedAt) }
    const letters = await repeat(() => admin.list({ state: 'dead', limit, after, payloads }))
    const last = letters.at(-1)
    const tasks = letters.map((dead) => entryOfDead(dead, payloads))
    return last === undefined ? { tasks } : { tasks, next: `${last.diedAt}:${last.n}` }
  }

  return {
    first: () => load(after),

    async *[Symbol.asyncIterator]() {
      let cursor = after
      do {
        const page = await load(cursor)
        cursor = page.next
        if (page.tasks.length > 0) yield page
      } while (cursor !== undefined)
    },
  }
}
