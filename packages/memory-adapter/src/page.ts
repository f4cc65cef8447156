import type { ListedTask, PageQuery, PendingTask, TaskListing } from '@mq/core/adapter'
import { checkPage, endedTask, refuseCursor } from '@mq/core/adapter'
import { BLOCKED_AT } from './flows.ts'
import type { QueueState } from './queue-state.ts'
import type { TaskRecord } from './task-record.ts'

/**
 * Waiting and ended tasks in O(limit), unless the last one of the page before was cancelled; the others in O(how many
 * there are).
 */
export function page(queue: QueueState, query: PageQuery): TaskListing {
  checkPage(query)
  if (query.key !== undefined) return ofKey(queue, query.key, query)
  if (query.state === 'waiting') return waiting(queue, query)
  return query.state === 'ended' ? ended(queue, query) : inOrder(queue, query)
}

/**
 * A cursor: the line, the rank and number of the last one of the page, and the rank of the last one that was there
 * when the line was begun; or the line alone, which is to be begun.
 */
function waiting(queue: QueueState, { after, limit, payloads }: PageQuery): TaskListing {
  const { ready } = queue
  const [first = 0, rank = -Infinity, n = 0, until] = numbersIn(after)
  if (!Number.isInteger(first) || first < 0) refuseCursor()
  if (first === ready.lineCount) return keyed(queue, { after: rank, limit, payloads, found: [] })
  const tasks: ListedTask[] = []
  for (let line = first; line < ready.lineCount; line++) {
    const begun = line === first && until !== undefined
    const known = begun ? queue.task(n) : undefined
    let last = known && ready.isAt(known, line, rank) ? known : undefined
    let task = last ? last.next : ready.firstOf(line)
    const end = begun ? until : (ready.lastOf(line)?.order ?? 0)
    for (; task !== undefined && task.order <= end; task = task.next) {
      if (begun && task.order <= rank) continue
      if (tasks.length === limit) return { tasks, next: last ? [line, last.order, last.n, end].join(':') : `${line}` }
      tasks.push(listed(queue, task, payloads))
      last = task
    }
  }
  return keyed(queue, { after: -Infinity, limit, payloads, found: tasks })
}

/**
 * Those with a key, by number, on the page that the others leave room on: the order in which they are claimed is made
 * by claiming.
 */
function keyed(
  queue: QueueState,
  {
    after,
    limit,
    payloads,
    found,
  }: Pick<PageQuery, 'limit' | 'payloads'> & { readonly after: number; readonly found: readonly ListedTask[] },
): TaskListing {
  const { ready } = queue
  if (ready.keyed.size === 0) return { tasks: found }
  const behind = ready.keyed
    .all()
    .filter(({ n }) => n > after)
    .sort((one, other) => one.n - other.n)
  const some = behind.slice(0, limit - found.length)
  const tasks = [...found, ...some.map((task) => listed(queue, task, payloads))]
  const next = behind.length > some.length ? { next: `${ready.lineCount}:${some.at(-1)?.n ?? 0}` } : undefined
  return { tasks, ...next }
}

/** By number. O(how many there are). */
function ofKey(queue: QueueState, key: string, { after, limit, payloads }: PageQuery): TaskListing {
  const [last = -Infinity] = numbersIn(after)
  const all = queue.ready.keyed.lines.get(key)?.all() ?? []
  const behind = all.filter(({ n }) => n > last).sort((one, other) => one.n - other.n)
  const tasks = behind.slice(0, limit).map((task) => listed(queue, task, payloads))
  return behind.length > limit ? { tasks, next: tasks.at(-1)!.n } : { tasks }
}

/** Delayed ones by time and number, running ones by number alone: their time changes while they run. */
function inOrder(queue: QueueState, { state, after, limit, payloads }: PageQuery): TaskListing {
  const isRunning = state === 'running'
  const timeOf = (task: TaskRecord): number => (isRunning ? 0 : task.at)
  const [at = -Infinity, n = 0] = numbersIn(after)
  const behind = [...(isRunning ? queue.leases : queue.later).all()]
    .filter((task) => state !== 'blocked' || task.at >= BLOCKED_AT)
    .filter((task) => timeOf(task) > at || (timeOf(task) === at && task.n > n))
    .sort((one, other) => timeOf(one) - timeOf(other) || one.n - other.n)
  const found = behind.slice(0, limit)
  const tasks = found.map((task) => listed(queue, task, payloads))
  const last = found.at(-1)
  return last && behind.length > limit ? { tasks, next: `${timeOf(last)}:${last.n}` } : { tasks }
}

/** Whose last one is dropped by now has no more: older ones were dropped before. */
function ended(queue: QueueState, { after, limit, payloads }: PageQuery): TaskListing {
  const now = queue.clock.now()
  const [n] = numbersIn(after)
  const found = queue.outcomes.behind(n, limit + 1, now)
  const tasks = found
    .slice(0, limit)
    .map(({ n, outcome, bytes }) => endedTask(String(n), outcome, bytes, payloads === true))
  return found.length > limit ? { tasks, next: tasks.at(-1)!.n } : { tasks }
}

function listed({ clock }: QueueState, task: TaskRecord, payloads = false): ListedTask {
  const { n, level, enqueuedAt, failures, crashes, header, payload, bytes, place, at } = task
  return {
    n: String(n),
    level,
    enqueuedAt,
    failures,
    crashes,
    header,
    payload: payloads ? payload : '',
    bytes,
    ...(place === 'delayed' ? dueOf(clock.epochMs(at)) : undefined),
    ...(place === 'leased' ? { leaseEndsAt: clock.epochMs(at) } : undefined),
  }
}

function dueOf(dueAt: number): Pick<PendingTask, 'dueAt' | 'blocked'> {
  return dueAt >= BLOCKED_AT ? { blocked: true } : { dueAt }
}

/** A cursor is numbers, and may come from anybody: any of them only says where to go on. */
function numbersIn(cursor: string | undefined): number[] {
  if (cursor === undefined) return []
  const numbers = cursor.split(':').map((text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN))
  if (numbers.length > 4 || numbers.some(Number.isNaN)) refuseCursor()
  return numbers
}
