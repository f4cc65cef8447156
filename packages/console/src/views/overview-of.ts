import { worstOf } from './flow-of.ts'
import type { Flow, Overview, Unreadable } from './overview.ts'
import type { QueueSummary } from './queue-summary.ts'

export interface JudgedQueue {
  readonly summary: QueueSummary
  readonly flow: Flow
}

export interface OverviewParts {
  readonly at: number
  readonly read: readonly JudgedQueue[]
  readonly unreadable: readonly Unreadable[]
  readonly workers: number
  readonly more: boolean
}

/** Of all queues together. */
export function overviewOf({ at, read, unreadable, workers, more }: OverviewParts): Overview {
  const queues = read.map(({ summary }) => summary)
  const sum = (of: (queue: QueueSummary) => number | undefined): number =>
    Math.round(queues.reduce((total, queue) => total + (of(queue) ?? 0), 0) * 100) / 100
  const waits = queues.flatMap(({ oldestWaitMs }) => oldestWaitMs ?? [])
  return {
    at,
    storage: { state: 'up' },
    flow: worstOf([...read.map(({ flow }) => flow), ...unreadable.map(flowOfUnreadable)]),
    waiting: sum(({ waiting }) => waiting),
    delayed: sum(({ delayed }) => delayed),
    overdue: sum(({ overdue }) => overdue),
    running: sum(({ running }) => running),
    dead: sum(({ dead }) => dead),
    ...(waits.length > 0 && { oldestWaitMs: Math.max(...waits) }),
    workers,
    perSecond: {
      enqueued: sum(({ perSecond }) => perSecond?.enqueued),
      completed: sum(({ perSecond }) => perSecond?.completed),
      failed: sum(({ perSecond }) => perSecond?.failed),
    },
    ...slowest('waitMs', queues),
    ...slowest('runMs', queues),
    queues,
    unreadable: [...unreadable],
    more,
  }
}

/** Nobody knows whether work flows there, so not all is well. */
function flowOfUnreadable({ name }: Unreadable): Flow {
  return { state: 'stuck', because: 'unreadable', ...(name !== undefined && { queue: name }) }
}

/** Percentiles of several queues cannot be combined: those of the one with the largest. */
function slowest<Name extends 'waitMs' | 'runMs'>(name: Name, queues: readonly QueueSummary[]): Partial<Overview> {
  const known = queues.flatMap((queue) => queue[name] ?? [])
  if (known.length === 0) return {}
  return { [name]: known.reduce((one, other) => (other.p95 > one.p95 ? other : one)) }
}
