import type { GroupSummary } from './group-summary.ts'
import { worstOf } from './flow-of.ts'
import type { Flow, Overview, Unreadable } from './overview.ts'
import type { QueueSummary } from './queue-summary.ts'

export interface JudgedQueue {
  readonly summary: QueueSummary
  readonly flow: Flow
}

export interface JudgedGroup {
  readonly summary: GroupSummary
  readonly flow: Flow
}

export interface OverviewParts {
  readonly at: number
  readonly read?: readonly JudgedQueue[] | undefined
  readonly groups?: readonly JudgedGroup[] | undefined
  readonly unreadable?: readonly Unreadable[] | undefined
  readonly workers?: number | undefined
  readonly more?: boolean | undefined
  readonly moreGroups?: boolean | undefined
}

/** Of all queues and groups together. */
export function overviewOf(parts: OverviewParts): Overview {
  const { at, read = [], groups: judged = [], unreadable = [], workers = 0, more = false, moreGroups = false } = parts
  const queues = read.map(({ summary }) => summary)
  const groups = judged.map(({ summary }) => summary)
  const sum = (of: (queue: QueueSummary) => number | undefined): number =>
    Math.round(queues.reduce((total, queue) => total + (of(queue) ?? 0), 0) * 100) / 100
  const longest = (of: readonly { readonly oldestWaitMs?: number | undefined }[]): number | undefined => {
    const waits = of.flatMap(({ oldestWaitMs }) => oldestWaitMs ?? [])
    return waits.length > 0 ? Math.max(...waits) : undefined
  }
  const [oldestWaitMs, oldestMessageMs] = [longest(queues), longest(groups)]
  return {
    at,
    storage: { state: 'up' },
    flow: worstOf([...[...read, ...judged].map(({ flow }) => flow), ...unreadable.map(flowOfUnreadable)]),
    waiting: sum(({ waiting }) => waiting),
    delayed: sum(({ delayed }) => delayed),
    blocked: sum(({ blocked }) => blocked),
    overdue: sum(({ overdue }) => overdue),
    running: sum(({ running }) => running),
    dead: sum(({ dead }) => dead),
    ...(oldestWaitMs !== undefined && { oldestWaitMs }),
    workers,
    perSecond: {
      enqueued: sum(({ perSecond }) => perSecond?.enqueued),
      completed: sum(({ perSecond }) => perSecond?.completed),
      failed: sum(({ perSecond }) => perSecond?.failed),
    },
    ...slowest('waitMs', queues),
    ...slowest('runMs', queues),
    lag: groups.reduce((total, { unread, returned }) => total + unread + returned, 0),
    ...(oldestMessageMs !== undefined && { oldestMessageMs }),
    deadMessages: groups.reduce((total, { dead }) => total + dead, 0),
    queues,
    groups,
    unreadable: [...unreadable],
    more,
    moreGroups,
  }
}

/** Nobody knows whether work flows there, so not all is well. */
function flowOfUnreadable({ what, name, channel }: Unreadable): Flow {
  const at = {
    ...(what === 'queue' && { queue: name }),
    ...(channel !== undefined && { channel }),
    ...(what === 'group' && { group: name }),
  }
  return { state: 'stuck', because: 'unreadable', ...at }
}

/** Percentiles of several queues cannot be combined: those of the one with the largest. */
function slowest<Name extends 'waitMs' | 'runMs'>(name: Name, queues: readonly QueueSummary[]): Partial<Overview> {
  const known = queues.flatMap((queue) => queue[name] ?? [])
  if (known.length === 0) return {}
  return { [name]: known.reduce((one, other) => (other.p95 > one.p95 ? other : one)) }
}
