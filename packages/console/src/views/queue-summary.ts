import type { QueueStats } from '@mq/core'
import { z } from 'zod'
import type { Trend } from './rates.ts'
import { count, ms, named, percentiles, perSecond, queueName } from '../api/schemas.ts'

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
    running: count,
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
  const { waiting, delayed, running, dead, paused, oldestWaitMs, totals, displaced, deadDropped, foreign } = stats
  return {
    name,
    waiting,
    delayed,
    running,
    dead,
    paused,
    ...(oldestWaitMs !== undefined && { oldestWaitMs }),
    workers,
    totals,
    displaced,
    deadDropped,
    foreign,
    ...(stats.outcomes && { outcomes: stats.outcomes }),
    ...(idleWorkers !== undefined && { idleWorkers }),
    // What was seen here is newer.
    perSecond: trend.overMs > 0 ? trend.perSecond : perSecond,
    ...(waitMs !== undefined && { waitMs }),
    ...(runMs !== undefined && { runMs }),
  }
}
