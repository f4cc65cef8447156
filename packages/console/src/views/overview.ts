import { z } from 'zod'
import { at, count, ms, named, percentiles, perSecond, queueName, said } from '../api/schemas.ts'
import { queueSummary } from './queue-summary.ts'

export const flow = named(
  'Flow',
  z.object({
    state: z.enum(['flowing', 'idle', 'stuck', 'paused', 'away']),
    because: said(
      '`quiet`: its workers claim nothing any more. `silent`: no worker has called for `silentMs`: all are busy, or gone',
      z.enum(['no-workers', 'quiet', 'silent', 'paused', 'storage-away', 'backlog-grows', 'failing', 'none']),
    ),
    queue: queueName.optional(),
    perMinute: z.number().optional(),
    silentMs: ms.optional(),
  }),
)
export type Flow = z.infer<typeof flow>

export const overview = named(
  'Overview',
  z.object({
    at,
    storage: z.object({ state: z.enum(['up', 'away']), sinceAt: at.optional() }),
    flow,
    waiting: count,
    delayed: count,
    running: count,
    dead: count,
    oldestWaitMs: ms.optional(),
    workers: count,
    perSecond,
    waitMs: said('of the queue in which tasks wait longest', percentiles.optional()),
    runMs: said('of the queue whose tasks run longest', percentiles.optional()),
    queues: z.array(queueSummary),
    more: z.boolean(),
  }),
)
export type Overview = z.infer<typeof overview>
