import { z } from 'zod'
import { at, count, ms, named, percentiles, perSecond, queueName, said } from '../api/schemas.ts'
import { queueSummary } from './queue-summary.ts'

export const flow = named(
  'Flow',
  z.object({
    state: z.enum(['flowing', 'idle', 'stuck', 'paused', 'away']),
    because: said(
      '`schedules-stand`: ticks of `schedules` schedules are due, the earliest since `dueForMs`, and nobody does them. `quiet`: its workers claim nothing any more. `silent`: no worker has called for `silentMs`: all are busy, or gone. `unreadable`: nobody knows',
      z.enum([
        'no-workers',
        'schedules-stand',
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
    waiting: said('`no-workers`, `quiet`, `paused`: tasks that wait', count.optional()),
    overdue: said('and those that are delayed and due', count.optional()),
    held: said('`no-workers`: and those that workers hold that are gone', count.optional()),
    schedules: count.optional(),
    dueForMs: ms.optional(),
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
    overdue: said('of the delayed ones, those that are due', count),
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
