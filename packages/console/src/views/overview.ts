import { z } from 'zod'
import { at, count, ms, named, percentiles, perSecond, queueName, said } from '../api/schemas.ts'
import { queueSummary } from './queue-summary.ts'

export const flow = named(
  'Flow',
  z.object({
    state: z.enum(['flowing', 'idle', 'stuck', 'paused', 'away']),
    because: said(
      '`quiet`: its workers claim nothing any more. `silent`: no worker has called for `silentMs`: all are busy, or gone. `unreadable`: nobody knows',
      z.enum([
        'no-workers',
        'quiet',
        'silent',
        'unreadable',
        'paused',
        'storage-away',
        'backlog-grows',
        'failing',
        'none',
      ]),
    ),
    queue: queueName.optional(),
    perMinute: z.number().optional(),
    silentMs: ms.optional(),
  }),
)
export type Flow = z.infer<typeof flow>

export const unreadable = named(
  'Unreadable',
  z.object({
    what: z.enum(['queue', 'queues', 'workers']),
    name: said('of the queue', queueName.optional()),
    code: said('`layout-mismatch`, `storage-refused` …', z.string()),
  }),
)
export type Unreadable = z.infer<typeof unreadable>

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
    unreadable: said('what is left out: these could not be read', z.array(unreadable)),
    more: z.boolean(),
  }),
)
export type Overview = z.infer<typeof overview>
