import type { QueueStats } from '@mq/core'
import { z } from 'zod'
import type { Trend } from './rates.ts'
import { count, ms, named, percentiles, perSecond, queueName, said } from '../api/schemas.ts'

const queueTotals = named(
  'QueueTotals',
  z.object({
    enqueued: count,
    completed: count,
    failed: count,
    retried: count,
    dead: count,
    expired: count,
    cancelled: count,
  }),
)

export const queueSummary = named(
  'QueueSummary',
  z.object({
    name: queueName,
    waiting: count,
    delayed: count,
    blocked: said('of the delayed ones, those that run after others; where there are some', count.optional()),
    chores: said('to do yet for tasks that follow others; where there is something', count.optional()),
    overdue: said('of the delayed ones, those that are due: the next claim of a worker sees that', count),
    running: count,
    lapsed: said('of the running ones, those whose workers are gone', count),
    dead: count,
    paused: z.boolean(),
    oldestWaitMs: ms.optional(),
    workers: count,
    idleWorkers: count.optional(),
    totals: queueTotals,
    displaced: count,
    deadDropped: count,
    foreign: count,
    outcomes: z.literal(true).optional(),
    schedules: said('where it has some', z.object({ count, due: count, dueForMs: ms.optional() }).optional()),
    inbox: said('entries of its inbox, which no worker took yet', count.optional()),
    partitions: said(
      'where it has some: how many; and those of before that are not removed yet, with their tasks and dead letters',
      z.object({ of: count, former: z.array(z.object({ of: count, tasks: count, dead: count })) }).optional(),
    ),
    perSecond: perSecond.optional(),
    waitMs: percentiles.optional(),
    runMs: percentiles.optional(),
  }),
)
export type QueueSummary = z.infer<typeof queueSummary>

export interface MoreOfQueue {
  readonly workers: number
  readonly idleWorkers?: number | undefined
  readonly trend: Trend
}

export function summaryOf(name: string, stats: QueueStats, more: MoreOfQueue): QueueSummary {
  const { workers, idleWorkers, trend } = more
  const { perSecond = trend.perSecond, waitMs, runMs } = stats.recent ?? {}
  const { waiting, delayed, overdue, running, lapsed, dead, paused, oldestWaitMs, totals } = stats
  const { displaced, deadDropped, foreign, schedules } = stats
  return {
    name,
    waiting,
    delayed,
    overdue,
    running,
    lapsed,
    dead,
    paused,
    ...(oldestWaitMs !== undefined && { oldestWaitMs }),
    workers,
    totals,
    displaced,
    deadDropped,
    foreign,
    ...(stats.blocked !== undefined && { blocked: stats.blocked }),
    ...(stats.chores !== undefined && { chores: stats.chores }),
    ...(stats.outcomes && { outcomes: stats.outcomes }),
    ...(schedules && { schedules }),
    ...(stats.inbox !== undefined && { inbox: stats.inbox }),
    ...(stats.partitions && { partitions: { of: stats.partitions.of, former: [...stats.partitions.former] } }),
    ...(idleWorkers !== undefined && { idleWorkers }),
    // What was seen here is newer.
    perSecond: trend.overMs > 0 ? trend.perSecond : perSecond,
    ...(waitMs !== undefined && { waitMs }),
    ...(runMs !== undefined && { runMs }),
  }
}
