import type { DeadTask, ListQuery, QueueStats, TaskContent, TaskFacts, TaskReading, TaskRef } from '@mq/core/adapter'
import { checkList, checkRead, MAX_COUNTED, oldestWait } from '@mq/core/adapter'
import type { HintPost } from './hint-post.ts'
import type { QueueCounts } from './queue-history.ts'
import { isKeyed } from './keyed-tasks.ts'
import type { QueueState } from './queue-state.ts'
import type { TaskRecord } from './task-record.ts'

/** The states of tasks; with `watcher`, it gets a hint when those that are pending end. */
export function read(queue: QueueState, refs: readonly TaskRef[], watcher: HintPost | undefined): TaskReading[] {
  checkRead(refs)
  const now = queue.clock.now()
  return refs.map((ref) => {
    const number = queue.numberOf(ref, now)
    if (number === undefined) return UNKNOWN
    const reading = readOne(queue, number, now)
    if (watcher && reading.state !== 'ended' && reading.state !== 'unknown') queue.watchers.add(number, watcher)
    return reading
  })
}

export function list(queue: QueueState, query: ListQuery): readonly DeadTask[] {
  checkList(query)
  return queue.dead.list(query, queue.clock.now())
}

/** Those of `stats()` that a history is made of. */
export function counts({ ready, later, leases, dead, totals, clock }: QueueState): QueueCounts {
  return {
    waiting: ready.size,
    delayed: later.size,
    running: leases.size,
    dead: dead.size(clock.now()),
    totals: { ...totals },
  }
}

export function stats(queue: QueueState): QueueStats {
  const { dead, order, paused, displaced } = queue
  const now = queue.clock.now()
  const epochMs = queue.clock.epochMs(now)
  const oldestWaitMs = oldestWait([
    ...queue.ready.heads.map(({ enqueuedAt, header }) => ({
      enqueuedAgoMs: Math.max(0, Math.floor(epochMs - enqueuedAt)),
      header,
    })),
    ...queue.later.dueSince(now).map((dueAt) => ({ enqueuedAgoMs: Math.floor(now - dueAt), header: '' })),
  ])
  const recent = queue.history.recent(queue.totals, epochMs)
  return {
    ...counts(queue),
    overdue: queue.later.countDue(now),
    lapsed: queue.leases.countOver(now),
    paused,
    ...(order === undefined ? undefined : { order }),
    ...(queue.flows.isUsed ? flowsOf(queue) : undefined),
    displaced,
    deadDropped: dead.dropped,
    foreign: 0,
    ...(recent === undefined ? undefined : { recent }),
    ...(queue.endsKept ? { outcomes: true as const } : undefined),
    ...(queue.schedules.size > 0 ? { schedules: queue.schedules.counts(epochMs) } : undefined),
    ...(oldestWaitMs === undefined ? undefined : { oldestWaitMs }),
  }
}

function flowsOf({ later, flows }: QueueState): Pick<QueueStats, 'blocked' | 'chores'> {
  const [blocked, chores] = [later.countBlocked(), flows.chores.pending]
  return { ...(blocked > 0 && { blocked }), ...(chores > 0 && { chores }) }
}

export function inspect(queue: QueueState, ref: TaskRef, hasContent: boolean): TaskFacts {
  const now = queue.clock.now()
  const { paused, idle, leases, workerSeenAt } = queue
  const number = queue.numberOf(ref, now)
  const task = number === undefined ? undefined : queue.task(number)
  const dead = hasContent && number !== undefined && !task ? queue.dead.of(number, now) : undefined
  const { failures = 0, crashes = 0 } = task ?? dead ?? {}
  const { place, level } = task ?? {}
  return {
    readAt: queue.clock.epochMs(now),
    reading: number === undefined ? UNKNOWN : readOne(queue, number, now),
    ...(hasContent
      ? contentOf(task ?? dead, number === undefined ? undefined : keptTask(queue, number, now))
      : undefined),
    paused,
    failures,
    crashes,
    level,
    ...(task === undefined ? undefined : sharingOf(queue, task, now)),
    ahead: task && place === 'waiting' ? queue.ready.ahead(task, MAX_COUNTED) : undefined,
    leaseEndsInMs: task && place === 'leased' ? Math.ceil(task.at - now) : undefined,
    idleWorkers: idle.size,
    running: leases.countHeld(now),
    workerSeenAgoMs: workerSeenAt === undefined ? undefined : Math.floor(now - workerSeenAt),
  }
}

function sharingOf({ limits, leases, ready }: QueueState, task: TaskRecord, now: number): Partial<TaskFacts> {
  const key = isKeyed(task) ? { key: task.key } : undefined
  if (task.place !== 'waiting') return { ...key }
  // One that is set aside has its place in its key.
  const own = isKeyed(task) && !task.aside ? ready.keyed.heldBack(task, now) : undefined
  const heldBack = limits.heldBack(now, leases.size) ?? own
  return { ...key, ...(heldBack === undefined ? undefined : { heldBack }) }
}

function contentOf(stored: TaskContent | undefined, task: TaskRecord | undefined): Pick<TaskFacts, 'content'> {
  if (stored === undefined) return {}
  const { enqueuedAt, header, payload } = stored
  const { errors, log } = task ?? {}
  const history = { ...(errors === undefined ? undefined : { errors }), ...(log === undefined ? undefined : { log }) }
  return { content: { enqueuedAt, header, payload, ...history } }
}

/** Also as it was buried. */
function keptTask(queue: QueueState, number: number, now: number): TaskRecord | undefined {
  return queue.task(number) ?? queue.dead.taskOf(number, now)
}

function readOne(queue: QueueState, number: number, now: number): TaskReading {
  const n = String(number)
  const task = queue.task(number)
  if (queue.isBlocked(number)) return { state: 'delayed', n, blocked: true }
  if (task?.place === 'delayed') return { state: 'delayed', n, dueInMs: Math.max(0, Math.ceil(task.at - now)) }
  if (task) {
    const state = task.place === 'leased' ? 'running' : 'waiting'
    return task.progress === undefined ? { state, n } : { state, n, progress: task.progress }
  }
  const outcome = queue.outcomes.of(number, now)
  if (outcome) return { state: 'ended', n, outcome }
  const dead = queue.dead.of(number, now)
  if (dead === undefined) return UNKNOWN
  const { diedAt, detail, reason } = dead
  return { state: 'ended', n, outcome: { state: 'dead', endedAt: diedAt, body: detail, reason } }
}

const UNKNOWN: TaskReading = { state: 'unknown' }
